/** What a node of a cell does (protocol §7.1 and §7.2). */
export type NanoOperation = 'dwconv3x3' | 'conv1x1' | 'atten' | 'expand' | 'split' | 'none' | 'input' | 'output';

/** A cell of Tiny-NanoBench: a directed graph of operations, of at most 7 nodes (protocol §7.1). */
export interface NanoCell {
  operations: readonly NanoOperation[] /* by node; first 'input', last 'output' */;
  edges: readonly (readonly [number, number])[] /* from < to, sorted */;
}
