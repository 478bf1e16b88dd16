import { countOperation } from '../nas-bench-201/cell';
import { cellSpace, type CellSpace } from '../nas-bench-201/cell-space';
import { cellBenchmark, LABELS, nasBench201 } from '../nas-bench-201/nas-bench-201';
import { reducedLabels } from '../reduced-labels';

const NAME = 'tiny-nas-bench-201';

/**
 * Tiny-NASBench-201 (protocol §1.4): the 4,096 cells below 35 MFLOPs on CIFAR-10, which are those without a 3×3
 * convolution, in the benchmark's order; `ids` maps a position to the benchmark's index. Beside the benchmark's own labels it
 * has those of the recipe that Tiny-NanoBench is measured with, so that the two spaces can be compared under one.
 */
export const tinyNasBench201 = cellBenchmark(NAME, 'Tiny-NASBench-201', makeSpace, {
  ...LABELS,
  reduced: reducedLabels(NAME),
});

function makeSpace(): CellSpace {
  const all = nasBench201.space();
  const ids = all.ids.filter((id) => countOperation(all.operations[id]!, 'nor_conv_3x3') === 0);
  const cells = Array.from(ids, (id) => all.operations[id]!);
  return { ...cellSpace(NAME, cells, ids), partOf: all };
}
