import type { SearchSpace } from '../search-space';
import { canonicalNanoCell } from './canonical-cell';
import type { NanoCell, NanoOperation } from './cell';
import { nanoCost } from './cell-cost';
import { encodeNanoCells } from './cell-graph';
import { neighbourTexts } from './cell-neighbours';
import { parseNanoCell } from './cell-string';
import { enumerateNanoCells, type NanoSpaceOptions } from './enumerate-cells';
import { networkForm } from './network-form';

/** A search space of Tiny-NanoBench cells. A cell's position is its rank by cost, and its id (protocol §7.4). */
export interface NanoSpace extends SearchSpace {
  options: NanoSpaceOptions;
  /** Each cell's graph, by position. */
  nanoCells: readonly NanoCell[];
  /**
   * The position of the cell that a text names, or of the one with the same graph otherwise numbered.
   *
   * @throws Error for a text that is no cell, or a cell that the space does not hold, with the reason
   */
  positionOf: (text: string) => number;
  neighbours: NonNullable<SearchSpace['neighbours']>;
  networkForm: (position: number) => string;
  cost: NonNullable<SearchSpace['cost']>;
}

/**
 * The space with these options: which cells are in it, and what its members compute, follows from them. See
 * `enumerateNanoCells` for its order, `neighbourTexts` for its neighbours, `networkForm` for equal networks.
 *
 * @param name as tables and records call it
 */
export function nanoSpace(name: string, options: NanoSpaceOptions): NanoSpace {
  const all = enumerateNanoCells(options);
  const nanoCells = all.map(({ cell }) => cell);
  const positions = new Map(all.map(({ text }, position) => [text, position]));
  return {
    name,
    size: all.length,
    cells: all.map(({ text }) => text),
    ids: Int32Array.from(all.keys()),
    graphs: encodeNanoCells(nanoCells),
    options,
    nanoCells,
    positionOf(text) {
      const cell = parseNanoCell(text);
      const position = positions.get(canonicalNanoCell(cell).text);
      if (position === undefined) throw new Error(`"${text}" is not in ${name}: ${exclusion(cell, options)}`);
      return position;
    },
    neighbours(position) {
      const found = [...neighbourTexts(nanoCells[position]!)].flatMap((text) => positions.get(text) ?? []);
      return Int32Array.from(found).sort();
    },
    networkForm: (position) => networkForm(nanoCells[position]!, all[position]!.text, options),
    cost(position) {
      const { macs, parameters } = all[position]!;
      return { mflops: macs / 1e6, mparams: parameters / 1e6 };
    },
  };
}

/** Why a cell is not in a space. */
function exclusion(cell: NanoCell, options: NanoSpaceOptions): string {
  const uses = (operation: NanoOperation): number => cell.operations.filter((each) => each === operation).length;
  if (uses('none') > 0) return 'it holds none, which does nothing: leave it out';
  const often = (['dwconv3x3', 'conv1x1', 'atten', 'expand'] as const).find((each) => uses(each) > options.maxUses);
  if (often !== undefined) return `it holds ${often} ${uses(often)} times, the space at most ${options.maxUses} times`;
  const { macs } = nanoCost(cell, options);
  return `it costs ${(macs / 1e6).toFixed(2)} MFLOPs, the space ends below ${options.mflops}`;
}
