/**
 * Weights going out and coming in by name, so that those of another implementation give the same predictions here.
 *
 * A record holds one repeat. A graph convolution `L` has, for each of the directions `successors` (A) and `predecessors`
 * (Aᵀ), `L.successors.weight` `[in, 64]`, `.bias` `[64]`, `.gamma`, `.beta`, `.movingMean` and `.movingVariance`; L is
 * `basic1`, `basic2`, `basic3`, `nsam.query`, `nsam.key`, `nsam.value`, `nsam.output`, `efm.key`, `efm.query`,
 * `efm.value` (where it has one) or `efm.output`. Besides these: `efm.dense.weight` `[k, n·64]` and `efm.dense.bias`;
 * `efm.code.gamma`, `.beta`, `.movingMean`, `.movingVariance` `[64]`; `head.weight` `[n or 64, 1]` and `head.bias` `[1]`.
 * A product is x · weight, values are in row-major order.
 */
import type { PredictorStack } from './predictor-stack';
import type { StateEntry } from './state-layout';

/** Weights and moving statistics of one repeat by name. */
export type WeightRecord = Record<string, { shape: number[]; values: number[] }>;

const DIRECTIONS = ['successors', 'predecessors'];

/** A piece of a repeat's state under its public name: columns `[from, to)` of the last axis of an entry. */
interface Piece {
  name: string;
  entry: StateEntry;
  from: number;
  to: number;
}

/** All weights of one repeat. Throws a RangeError for a repeat that the stack does not have. */
export function exportWeights(predictor: PredictorStack, repeat: number): WeightRecord {
  if (!(repeat in predictor.seeds)) {
    throw new RangeError(`repeat ${repeat}: the stack has ${predictor.seeds.length}, counted from 0`);
  }
  const { size } = predictor.layout;
  const state = predictor.readState().subarray(repeat * size, (repeat + 1) * size);
  const named = pieces(predictor).map((piece) => {
    const values: number[] = [];
    overRows(piece, (from, to) => values.push(...state.subarray(from, to)));
    return [piece.name, { shape: shapeOf(piece), values }] as const;
  });
  return Object.fromEntries(named);
}

/**
 * Sets the weights of every repeat.
 *
 * @param records one for each repeat, `[R]`
 * @throws Error that names a weight which is missing, unknown, or of another shape
 */
export function importWeights(predictor: PredictorStack, records: readonly WeightRecord[]): void {
  if (records.length !== predictor.seeds.length) {
    throw new Error(`${records.length} weight records for ${predictor.seeds.length} repeats: expected one a repeat`);
  }
  const expected = pieces(predictor);
  const { size } = predictor.layout;
  const state = new Float32Array(records.length * size);
  records.forEach((record, r) => {
    checkNames(record, r, expected);
    for (const piece of expected) {
      const values = checked(record, r, piece);
      let at = 0;
      overRows(piece, (from, to) => {
        state.set(values.slice(at, at + to - from), r * size + from);
        at += to - from;
      });
    }
  });
  predictor.writeState(state);
}

/** Every public name with where its values are. */
function pieces({ layout }: PredictorStack): Piece[] {
  return [...layout.entries.values()].flatMap((entry) => {
    const width = entry.shape.at(-1)!;
    if (!entry.twoWay) return [{ name: entry.name, entry, from: 0, to: width }];
    const dot = entry.name.lastIndexOf('.'); // 'basic1.weight' has the parts 'basic1' and '.weight'
    return DIRECTIONS.map((direction, d) => ({
      name: `${entry.name.slice(0, dot)}.${direction}${entry.name.slice(dot)}`,
      entry,
      from: (d * width) / 2,
      to: ((d + 1) * width) / 2,
    }));
  });
}

/** Calls back with where each row of a piece lies in the state of a repeat. */
function overRows({ entry, from, to }: Piece, row: (from: number, to: number) => void): void {
  const width = entry.shape.at(-1)!;
  for (let start = entry.start; start < entry.start + entry.size; start += width) row(start + from, start + to);
}

function shapeOf({ entry, from, to }: Piece): number[] {
  return [...entry.shape.slice(0, -1), to - from];
}

function checkNames(record: WeightRecord, repeat: number, expected: Piece[]): void {
  const known = new Set(expected.map(({ name }) => name));
  const unknown = Object.keys(record).filter((name) => !known.has(name));
  const missing = [...known].filter((name) => !(name in record));
  if (unknown.length || missing.length) {
    const parts = [
      missing.length && `misses ${missing.join(', ')}`,
      unknown.length && `has unknown ${unknown.join(', ')}`,
    ];
    throw new Error(`the weights of repeat ${repeat}: the record ${parts.filter(Boolean).join(' and ')}`);
  }
}

function checked(record: WeightRecord, repeat: number, piece: Piece): number[] {
  const { shape, values } = record[piece.name]!;
  const expected = shapeOf(piece);
  if (shape.join() !== expected.join() || values.length !== expected.reduce((a, b) => a * b, 1)) {
    const found = `shape [${shape.join(', ')}] with ${values.length} values`;
    const wanted = `expected shape [${expected.join(', ')}]`;
    throw new Error(`the weights of repeat ${repeat}: ${piece.name} has ${found}; ${wanted}`);
  }
  return values;
}
