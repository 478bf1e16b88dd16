import { readFileSync } from 'node:fs';
import { architectureString } from './cell-notations';
import { canonicalForm } from './canonical-form';
import { cellCost } from './cell-cost';
import { countOperation, formatCell, OPERATIONS, type Cell } from './cell';
import { encodeCells } from './cell-graph';
import { dataFile } from '../../files/data-file';
import { networkForm } from './network-form';
import { type SearchSpace } from '../search-space';

/** A search space of NAS-Bench-201 cells. */
export interface CellSpace extends SearchSpace {
  /** Each cell's operations, by position. */
  operations: readonly Cell[];
  canonicalForm: (position: number) => string;
  networkForm: (position: number) => string;
  cost: NonNullable<SearchSpace['cost']>;
}

/** 5 operations on 6 edges. */
const CELL_COUNT = 5 ** 6;

/**
 * The order of the benchmark's file, which is shuffled and cannot be computed (protocol §1.1): a line a cell, a digit an
 * edge, the digit being the operation's place in `OPERATIONS`.
 */
const ORDER_FILE = 'nas-bench-201-order.txt';

let whole: CellSpace | undefined;
let tiny: CellSpace | undefined;

/**
 * All 15,625 cells of NAS-Bench-201; a cell's position is its index in the official benchmark file, and its id.
 * Made once; later calls return the same object. Throws an Error when the order file is missing or damaged.
 */
export function nasBench201(): CellSpace {
  whole ??= cellSpace('nas-bench-201', readOrder(dataFile(ORDER_FILE)));
  return whole;
}

/**
 * Tiny-NASBench-201 (protocol §1.4): the 4,096 cells below 35 MFLOPs on CIFAR-10, which are those without a 3×3
 * convolution, in the benchmark's order; `ids` maps a position to the benchmark's index.
 */
export function tinyNasBench201(): CellSpace {
  if (tiny === undefined) {
    const all = nasBench201();
    const ids = all.ids.filter((id) => countOperation(all.operations[id]!, 'nor_conv_3x3') === 0);
    const cells = Array.from(ids, (id) => all.operations[id]!);
    tiny = { ...cellSpace('tiny-nas-bench-201', cells, ids), partOf: all };
  }
  return tiny;
}

function cellSpace(name: string, operations: readonly Cell[], ids = Int32Array.from(operations.keys())): CellSpace {
  return {
    name,
    size: operations.length,
    cells: operations.map(formatCell),
    ids,
    graphs: encodeCells(operations),
    operations,
    canonicalForm: (position) => canonicalForm(operations[position]!),
    networkForm: (position) => networkForm(operations[position]!),
    ownNotation: architectureString,
    cost: (position, dataset) => cellCost(operations[position]!, dataset),
  };
}

function readOrder(file: string): Cell[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  const remedy = 'restore the file from the repository';
  if (new Set(lines).size !== CELL_COUNT || lines.length !== CELL_COUNT) {
    throw new Error(`${file}: ${lines.length} lines, expected ${CELL_COUNT} different ones; ${remedy}`);
  }
  return lines.map((line, i) => {
    if (!/^[0-4]{6}$/.test(line)) {
      throw new Error(`${file}, line ${i + 1}: found "${line}", expected six digits from 0 to 4; ${remedy}`);
    }
    return [...line].map((digit) => OPERATIONS[Number(digit)]!) as unknown as Cell;
  });
}
