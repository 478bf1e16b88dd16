import { countOperation } from '../nas-bench-201/cell';
import { cellSpace } from '../nas-bench-201/cell-space';
import { cellBenchmark, nasBench201 } from '../nas-bench-201/nas-bench-201';

/**
 * Tiny-NASBench-201 (protocol §1.4): the 4,096 cells below 35 MFLOPs on CIFAR-10, which are those without a 3×3
 * convolution, in the benchmark's order; `ids` maps a position to the benchmark's index.
 */
export const tinyNasBench201 = cellBenchmark('tiny-nas-bench-201', 'Tiny-NASBench-201', () => {
  const all = nasBench201.space();
  const ids = all.ids.filter((id) => countOperation(all.operations[id]!, 'nor_conv_3x3') === 0);
  const cells = Array.from(ids, (id) => all.operations[id]!);
  return { ...cellSpace('tiny-nas-bench-201', cells, ids), partOf: all };
});
