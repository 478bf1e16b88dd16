import type { Benchmark } from '../benchmark';
import { reducedLabels } from '../reduced-labels';
import { nanoCodeTables } from './code-tables';
import { drawNanoCell } from './draw-cell';
import { nanoSpacePresets, type NanoSpaceOptions } from './enumerate-cells';
import { nanoNetwork } from './nano-network';
import { nanoSpace, type NanoSpace } from './nano-space';

/** A benchmark of NanoBench cells. */
export interface NanoBenchmark extends Benchmark {
  space: () => NanoSpace;
}

/**
 * How much of the old statistics a step of a short training keeps: with the published code's .997 they would lag hundreds
 * of steps behind, and a training of one epoch would end before they have forgotten what they began with.
 */
const SHORT_MOMENTUM = 0.99;

/** A benchmark of the cells with these options; its files lie in `data/<name>`. */
function nanoBenchmark(name: string, title: string, options: NanoSpaceOptions): NanoBenchmark {
  let made: NanoSpace | undefined;
  const space = (): NanoSpace => (made ??= nanoSpace(name, options));
  const reduced = reducedLabels(name);
  return {
    name,
    title,
    space,
    datasets: { cifar10: { title: 'CIFAR-10', imageSize: 32, classes: 10 } },
    labels: { reduced },
    accuracies: reduced.file!,
    codes: nanoCodeTables(name),
    defaultCodes: 'official-codes',
    networks: { full: (position) => nanoNetwork(space().nanoCells[position]!, options) },
    sizedNetwork: (position, { width, cells, imageSize }) =>
      nanoNetwork(space().nanoCells[position]!, {
        ...options,
        channels: width * options.channels,
        cellsPerBlock: cells === undefined ? options.cellsPerBlock : [cells, cells, cells],
        imageSize,
        norm: { ...options.norm, momentum: SHORT_MOMENTUM },
      }),
    draw: (position) => drawNanoCell(space().nanoCells[position]!),
  };
}

/** The 1,085 cells that fit the paper's Fig. 4b best: a reconstruction, not the authors' set (protocol §7.3, §7.4). */
export const tinyNanoBench = nanoBenchmark(
  'tiny-nano-bench',
  'Tiny-NanoBench (reconstruction, not the authors’ set)',
  nanoSpacePresets.paper,
);

/** The 1,294 cells that the published code makes below 35 MFLOPs: a reconstruction too, with other costs than Fig. 4b. */
export const tinyNanoBenchOfficial = nanoBenchmark(
  'tiny-nano-bench-official',
  'Tiny-NanoBench by the published code (reconstruction, not the authors’ set)',
  nanoSpacePresets.official,
);
