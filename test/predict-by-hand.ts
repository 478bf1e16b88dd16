import type { WeightRecord } from '../lib/src/predictors/predictor-weights';

/** A graph for arithmetic by hand. */
export interface SmallGraph {
  /** Hot feature column of each node. */
  hot: number[];
  /** Nodes that data flows to from each node, itself included. */
  successors: number[][];
}

/** The naive predictor's percentage for one cell, in plain arithmetic (protocol §2.1, §2.6). */
export function predictByHand(
  record: WeightRecord,
  { hot, successors }: SmallGraph,
  headMean: 'features' | 'nodes' = 'features',
): number {
  const values = (name: string): number[] => record[name]!.values;
  const mish = (x: number): number => x * Math.tanh(Math.log1p(Math.exp(x)));
  const edges = {
    successors,
    predecessors: hot.map((_, i) => successors.flatMap((to, j) => (to.includes(i) ? [j] : []))),
  };
  const features = record['basic1.successors.weight']!.shape[0]!;
  let h = hot.map((column) => Array.from({ length: features }, (_, f) => Number(f === column)));
  for (const layer of ['basic1', 'basic2', 'basic3']) {
    const halves = (['successors', 'predecessors'] as const).map((direction) => {
      const of = (kind: string): number[] => values(`${layer}.${direction}.${kind}`);
      const product = h.map((row) =>
        Array.from({ length: 64 }, (_, k) => row.reduce((sum, x, i) => sum + x * of('weight')[i * 64 + k]!, 0)),
      );
      return edges[direction].map((sources) =>
        product[0]!.map((_, k) => {
          const z = sources.reduce((sum, j) => sum + product[j]![k]!, 0) + of('bias')[k]!;
          const normal = (z - of('movingMean')[k]!) / Math.sqrt(of('movingVariance')[k]! + 1e-4);
          return mish(normal * of('gamma')[k]! + of('beta')[k]!);
        }),
      );
    });
    h = h.map((_, i) => halves[0]![i]!.map((x, k) => (x + halves[1]![i]![k]!) / 2));
  }
  const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const means = headMean === 'features' ? h.map(mean) : h[0]!.map((_, k) => mean(h.map((row) => row[k]!)));
  const logit = means.reduce((sum, m, i) => sum + m * values('head.weight')[i]!, values('head.bias')[0]!);
  return 100 / (1 + Math.exp(-logit));
}
