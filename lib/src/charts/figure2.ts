import type { TopLevelSpec } from 'vega-lite';
import { blockDiagram, type DiagramBlock } from './block-diagram';

/** What Fig. 2 says of the predictor. */
export interface PredictorDrawing {
  /** Nodes of a graph, features of a node, and features of a node inside the predictor. */
  nodes: number;
  features: number;
  width: number;
  /** Entries of a code. */
  codeEntries: number;
  /** Trainable parameters by layer, of each preset by its name. */
  parameters: Readonly<Record<string, ReadonlyMap<string, number>>>;
}

const ARROWS = [
  'graph > basic1',
  'basic1 > basic2',
  'basic2 > NSAM',
  'NSAM > basic3',
  'basic3 > efm.query',
  'basic3 > efm.value',
  'basic3 > head',
  'code > efm.dense',
  'efm.dense > efm.code',
  'efm.code > efm.key',
  'efm.query > H + P·value',
  'efm.value > H + P·value',
  'efm.key > H + P·value',
  'basic3 > H + P·value',
  'H + P·value > efm.output',
  'efm.output > head',
  'head > coarse',
  'head > fine',
];

/** Fig. 2: the siamese predictor with NSAM, its layers with shapes and parameters, one line where the presets agree. */
export function figure2({ nodes, features, width, codeEntries, parameters }: PredictorDrawing): TopLevelSpec {
  const presets = Object.keys(parameters);
  const total = (preset: string, layers: Iterable<string>): string => {
    const counts = parameters[preset]!;
    return Array.from(layers, (layer) => counts.get(layer) ?? 0)
      .reduce((sum, count) => sum + count, 0)
      .toLocaleString('en-US');
  };
  const counted = (...layers: string[]): string[] => {
    const texts = presets.map((preset) => total(preset, layers).replace(/^0$/, 'none'));
    return new Set(texts).size === 1
      ? [`${texts[0]!} parameters`]
      : presets.map((preset, i) => `${preset}: ${texts[i]!}`);
  };
  const wide = `[${nodes}, ${width}]`; // features of all nodes
  const block = (
    name: string,
    kind: DiagramBlock['kind'],
    [column, row]: [number, number],
    ...lines: string[]
  ): DiagramBlock => ({ name, lines, column, row, kind });
  const blocks = [
    block('graph', 'input', [0, 0], `X [${nodes}, ${features}]`, `A [${nodes}, ${nodes}]`),
    block('code', 'input', [3, 1], `e [${codeEntries}]`),
    block('basic1', 'basic', [0, 1], wide, ...counted('basic1')),
    block('basic2', 'basic', [0, 2], wide, ...counted('basic2')),
    block('NSAM', 'basic', [0, 3], wide, ...counted('nsam.query', 'nsam.key', 'nsam.value', 'nsam.output')),
    block('basic3', 'basic', [0, 4], `H ${wide}`, ...counted('basic3')),
    block('efm.dense', 'estimation', [3, 2], wide, ...counted('efm.dense')),
    block('efm.code', 'estimation', [3, 3], 'batch norm, Mish', ...counted('efm.code')),
    block('efm.query', 'estimation', [1, 5], wide, ...counted('efm.query')),
    block('efm.value', 'estimation', [2, 5], wide, ...counted('efm.value')),
    block('efm.key', 'estimation', [3, 5], wide, ...counted('efm.key')),
    block('H + P·value', 'estimation', [2, 6], wide, 'P: attention'),
    block('efm.output', 'estimation', [2, 7], wide, ...counted('efm.output')),
    block('head', 'shared', [1, 8], 'mean, dense, σ', ...counted('head')),
    block('coarse', 'output', [0, 9], 'p from the graph'),
    block('fine', 'output', [2, 9], 'p from graph', 'and code'),
  ];
  const arrows = ARROWS.map((arrow) => {
    const [from, to] = arrow.split(' > ');
    return { from: from!, to: to! };
  });
  const sums = presets.map((preset) => `${preset} ${total(preset, parameters[preset]!.keys())}`).join(', ');
  return blockDiagram(blocks, arrows, 'The siamese predictor with NSAM', [
    `trainable parameters, both presets: ${sums}`,
    'blue: basic branch · orange: estimation branch (EFM) · violet: head of both',
  ]);
}
