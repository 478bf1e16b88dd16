import { nasBench201 } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import type { RunData } from '../lib/src/experiments/run-data';
import { loadAccuracies, type AccuracyColumn } from '../lib/src/tables/accuracies';
import { loadCodes } from '../lib/src/tables/load-codes';

/** The first cells of NAS-Bench-201 as a space of their own, so that ranking is quick. */
export function smallData(cells: number): RunData {
  const space = nasBench201.space();
  const { graphs } = space;
  const hot = graphs.hot.slice(0, cells * graphs.nodes);
  const small = { ...space, size: cells, graphs: { ...graphs, count: cells, hot } };
  const accuracies = loadAccuracies(nasBench201, 'cifar100', { label: 'mean' });
  const cut = (column: AccuracyColumn): AccuracyColumn => ({ ...column, values: column.values.slice(0, cells) });
  return {
    benchmark: { ...nasBench201, space: () => small },
    accuracies: { ...accuracies, label: cut(accuracies.label), score: cut(accuracies.score) },
    codes: loadCodes(nasBench201, 'proxy-losses'),
  };
}
