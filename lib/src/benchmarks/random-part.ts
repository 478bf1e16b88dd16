import { Random } from '../tensors/random';
import type { Benchmark } from './benchmark';
import type { GraphEncoding, SearchSpace } from './search-space';
import { equalNetworks } from './unique-cells';

/** The name of a random part of a space; without a draw, that of all parts of its size. */
export function partName(whole: string, share: number, draw?: number): string {
  return [whole, 'part', share, ...(draw === undefined ? [] : [draw])].join('-');
}

/** What the name of a part says; undefined for another name. */
export function parsePartName(name: string): { whole: string; share: number; draw: number } | undefined {
  const [, whole, share, draw] = /^(.+)-part-(0\.\d+|1)-(\d+)$/.exec(name) ?? [];
  if (whole === undefined || Number(share) === 0) return;
  return { whole, share: Number(share), draw: Number(draw) };
}

/**
 * A benchmark of a random share of another's networks, one cell each: what works on the whole by luck, or by the one cell
 * that a score happens to rank first, fails on some of these. Labels, tables and prices are those of the whole.
 *
 * @param share of the networks, above 0 and at most 1
 * @param draw which part, from 0 on: another number gives another one
 */
export function randomPart(whole: Benchmark, share: number, draw: number): Benchmark {
  const name = partName(whole.name, share, draw);
  let made: SearchSpace | undefined;
  return {
    name,
    title: `${whole.title}, part ${draw}`,
    space: () => (made ??= drawSpace(whole.space(), { name, share, draw })),
    datasets: whole.datasets,
    labels: whole.labels,
    accuracies: whole.accuracies,
    codes: whole.codes,
    defaultCodes: whole.defaultCodes,
  };
}

function drawSpace(
  whole: SearchSpace,
  { name, share, draw }: { name: string; share: number; draw: number },
): SearchSpace {
  const { representatives, representativeOf } = equalNetworks(whole);
  const count = Math.max(1, Math.round(share * representatives.length));
  const drawn = new Random(draw, 'part of a space').sample(representatives.length, count);
  const positions = Int32Array.from(drawn, (i) => representatives[i]!).sort();
  const own = new Int32Array(whole.size).fill(-1); // position here, by position in the whole
  positions.forEach((position, i) => (own[position] = i));
  const { neighbours, cost, ownNotation } = whole;
  return {
    name,
    size: count,
    cells: Array.from(positions, (position) => whole.cells[position]!),
    ids: positions.map((position) => whole.ids[position]!),
    graphs: graphsOf(whole.graphs, positions),
    partOf: whole.partOf ?? whole,
    ...(ownNotation && { ownNotation }),
    ...(cost && { cost: (position: number, dataset: string) => cost(positions[position]!, dataset) }),
    ...(neighbours && {
      neighbours(position: number): Int32Array {
        const around = neighbours(positions[position]!).map((each) => own[representativeOf[each]!]!);
        return Int32Array.from(new Set(around.filter((each) => each >= 0 && each !== position))).sort();
      },
    }),
  };
}

/** The graphs of some cells. */
function graphsOf(graphs: GraphEncoding, positions: Int32Array): GraphEncoding {
  const { nodes, hot, adjacency, sizes } = graphs;
  const rows = <Values extends Uint8Array | Float32Array>(values: Values, size: number): Values => {
    const taken = values.slice(0, positions.length * size) as Values;
    positions.forEach((position, i) => taken.set(values.subarray(position * size, (position + 1) * size), i * size));
    return taken;
  };
  const shared = adjacency.length === nodes * nodes;
  return {
    ...graphs,
    count: positions.length,
    hot: rows(hot, nodes),
    adjacency: shared ? adjacency : rows(adjacency, nodes * nodes),
    ...(sizes && { sizes: rows(sizes, 1) }),
  };
}
