import { readFileSync } from 'node:fs';
import { architectureString } from './cell-notations';
import { canonicalForm } from './canonical-form';
import { cellCost } from './cell-cost';
import { formatCell, OPERATIONS, type Cell } from './cell';
import { encodeCells } from './cell-graph';
import { dataFile } from '../../files/data-file';
import { networkForm } from './network-form';
import type { CellCost, SearchSpace } from '../search-space';
import type { BenchmarkDataset } from './data-sets';

/** A search space of NAS-Bench-201 cells. */
export interface CellSpace extends SearchSpace {
  /** Each cell's operations, by position. */
  operations: readonly Cell[];
  canonicalForm: (position: number) => string;
  networkForm: (position: number) => string;
  neighbours: (position: number) => Int32Array;
  cost: (position: number, dataset: string) => CellCost;
}

/** 5 operations on 6 edges. */
const CELL_COUNT = 5 ** 6;

/**
 * The order of the benchmark's file, which is shuffled and cannot be computed (protocol §1.1): a line a cell, a digit an
 * edge, the digit being the operation's place in `OPERATIONS`.
 */
const ORDER_FILE = 'nas-bench-201/order.txt';

/**
 * A space of cells in their order.
 *
 * @param ids each cell's index in the official benchmark file; their order by default
 */
export function cellSpace(
  name: string,
  operations: readonly Cell[],
  ids = Int32Array.from(operations.keys()),
): CellSpace {
  const positionOf = new Int32Array(CELL_COUNT).fill(-1); // by code
  operations.forEach((cell, position) => (positionOf[code(cell)] = position));
  return {
    name,
    size: operations.length,
    cells: operations.map(formatCell),
    ids,
    graphs: encodeCells(operations),
    operations,
    canonicalForm: (position) => canonicalForm(operations[position]!),
    networkForm: (position) => networkForm(operations[position]!),
    neighbours: (position) =>
      oneOperationAway(operations[position]!)
        .map((neighbour) => positionOf[neighbour]!)
        .filter((neighbour) => neighbour >= 0)
        .sort(),
    ownNotation: architectureString,
    cost: (position, dataset) => cellCost(operations[position]!, dataset as BenchmarkDataset),
  };
}

/** A number that names a cell, 0 … 5⁶ − 1: its operations as digits. */
function code(cell: Cell): number {
  return cell.reduce((number, operation) => number * OPERATIONS.length + OPERATIONS.indexOf(operation), 0);
}

/** The codes of the 24 cells that differ from this one in the operation on one edge. */
function oneOperationAway(cell: Cell): Int32Array {
  const own = code(cell);
  const codes: number[] = [];
  for (let digit = 1; digit < CELL_COUNT; digit *= OPERATIONS.length) {
    const present = Math.floor(own / digit) % OPERATIONS.length;
    for (let operation = 0; operation < OPERATIONS.length; operation++) {
      if (operation !== present) codes.push(own + (operation - present) * digit);
    }
  }
  return Int32Array.from(codes);
}

/**
 * All 15,625 cells in the order of the official benchmark file. Throws an Error when the order file is missing or damaged.
 */
export function officialOrder(): Cell[] {
  const file = dataFile(ORDER_FILE);
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
