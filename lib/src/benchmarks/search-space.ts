/** What every search space offers to tables, predictors and searches. */

/**
 * What a node does to the data that it gets: an `operation` changes it; `skip` is an operation that changes nothing; `pass`
 * is no operation at all, like a cell's input, its output or a join; `stop` lets nothing through.
 */
export type NodeRole = 'operation' | 'skip' | 'pass' | 'stop';

/** The cells of a space as graphs, as a predictor sees them (protocol §1.2). */
export interface GraphEncoding {
  /** Number of cells. */
  count: number;
  /** Nodes of a graph, n. */
  nodes: number;
  /** Length of a node's one-hot feature vector, F. */
  features: number;
  /** `[count, nodes]`: the hot feature column of each node. */
  hot: Uint8Array;
  /** By feature column: the role of the nodes that have it; where absent, every node counts as an operation. */
  roles?: readonly NodeRole[];
  /**
   * Edges with self loops, 1 at `[i, j]` for data flowing from i to j and 0 elsewhere: `[nodes, nodes]` when all cells
   * share it, else `[count, nodes, nodes]`. Bytes where there are many cells: they take a fourth of the memory.
   */
  adjacency: Float32Array | Uint8Array;
  /**
   * Where cells differ in size: the nodes of each cell that are real, `[count]`, each at least 1. The nodes behind them
   * are padding, with the label `none` and no edge but the self loop (protocol §1.2); whether they take part is an
   * option of the predictor.
   */
  sizes?: Uint8Array;
}

/** What a network built of a cell costs. */
export interface CellCost {
  /** Millions of multiply-accumulates for one image; "MFLOPs" in the paper and in the benchmarks. */
  mflops: number;
  /** Millions of trainable parameters. */
  mparams: number;
}

/** A set of cells to search in; a cell is named by its position, 0 … size − 1. */
export interface SearchSpace {
  name: string;
  size: number;
  /** The architecture string of each cell. */
  cells: readonly string[];
  /** Each cell's `id` in the benchmark's tables. */
  ids: Int32Array;
  graphs: GraphEncoding;
  /** The larger space that this one is cut out of: its tables hold this space's cells too. */
  partOf?: SearchSpace;
  /** The name of a cell's class in the published count of unique cells; absent where no two cells are equal. */
  canonicalForm?: (position: number) => string;
  /** A name of the network that a cell makes, equal for equal networks; absent where no two cells are equal. */
  networkForm?: (position: number) => string;
  /** An architecture that another library wrote, as `cells` writes it; unchanged where it is in no notation known. */
  ownNotation?: (architecture: string) => string;
  /**
   * Positions of the cells of this space that one change of a cell makes, ascending: one mutation of an evolutionary search,
   * one step of a local one. Absent where the space knows no such thing.
   */
  neighbours?: (position: number) => Int32Array;
  /** MFLOPs and parameters of a cell's network for a data set; absent where the space has no closed form. */
  cost?: (position: number, dataset: string) => CellCost;
}
