import type { SearchProblem } from '../search/method';
import { Random } from '../tensors/random';

const NODES = 10;
const FEATURES = 9;
const SMALLEST = 4; // nodes of a cell
const CODE_ENTRIES = 3;

/**
 * A space to measure with: cells of 4 to 10 nodes, each a chain with chance edges along it, labels of 9 kinds, padded as
 * protocol §1.2 says; accuracies rise with the number of edges and of nodes of one kind, and codes fall with them.
 *
 * @param count cells
 */
export function syntheticProblem(count: number): SearchProblem {
  const random = new Random(count, 'synthetic cells');
  const hot = new Uint8Array(count * NODES).fill(2); // 'none'
  const adjacency = new Uint8Array(count * NODES ** 2);
  const sizes = new Uint8Array(count);
  const labels = new Float32Array(count);
  for (let cell = 0; cell < count; cell++) {
    const size = SMALLEST + random.integer(NODES - SMALLEST + 1);
    let accuracy = 50 + 10 * random.uniform();
    sizes[cell] = size;
    for (let i = 0; i < NODES; i++) {
      const row = (cell * NODES + i) * NODES;
      adjacency[row + i] = 1;
      if (i >= size) continue;
      const label = random.integer(FEATURES);
      hot[cell * NODES + i] = label;
      if (label === 5) accuracy += 3;
      const chance = random.integer(2 ** (NODES - 2));
      for (let j = i + 1; j < size; j++) {
        if (j > i + 1 && (chance & (1 << (j - 2)) & (chance >> 1)) === 0) continue;
        adjacency[row + j] = 1;
        accuracy += 0.2;
      }
    }
    labels[cell] = accuracy;
  }
  const graphs = { count, nodes: NODES, features: FEATURES, hot, adjacency, sizes };
  const read = (positions: ArrayLike<number>): Float32Array =>
    Float32Array.from({ length: positions.length * CODE_ENTRIES }, (_, i) => {
      const accuracy = labels[positions[Math.floor(i / CODE_ENTRIES)]!]!;
      return (100 - accuracy) / 20 / (1 + (i % CODE_ENTRIES));
    });
  return {
    // Names and ids are for people and tables; no search reads them.
    space: { name: `synthetic-${count}`, size: count, cells: [], ids: new Int32Array(), graphs },
    labels,
    codes: { name: 'synthetic', recipe: 'from the labels', entries: CODE_ENTRIES, trainingsPerCode: 0.003, read },
  };
}
