import { type NetworkTraining } from '../convnet/train-network';
import { provenance } from '../files/provenance';
import { type MeasuringOutcome } from '../processes/measuring-progress';
import { measureCells, measureMissing, type CellMeasurement } from './measure-cells';
import { trainInPytorch, type PytorchTraining } from './train-in-pytorch';
import { type TrainedTruth } from './train-truth';

/** What whoever trains is told at the start has to hold. */
type TrainingSetup = Pick<PytorchTraining, 'images' | 'test'>;

/** What differs between measurements that train each cell's network once. */
export interface TrainingMeasurement<
  Setup extends TrainingSetup,
  Result,
  Row extends { id: number },
> extends CellMeasurement<Setup, Result, Row> {
  recipe: NetworkTraining;
  /** The program of a Python that has PyTorch, to train with that, `workers` networks at a time on a GPU. */
  pytorch?: string;
  /** Whether PyTorch computes in single precision on a GPU too. */
  singlePrecision?: boolean;
  /** As in `CellMeasurement`; PyTorch gives an accuracy in any case, which is NaN without images to test on. */
  rowOf: (result: Result | TrainedTruth, position: number, provenance: string) => Row | undefined;
}

/**
 * Trains the cells that are missing in a store (see `measureMissing`), in worker processes or in PyTorch.
 *
 * @throws Error when the store cannot be written, or when a worker or PyTorch fails
 */
export function measureTrainings<Setup extends TrainingSetup, Result, Row extends { id: number }>(
  measurement: TrainingMeasurement<Setup, Result, Row>,
): Promise<MeasuringOutcome> {
  const { pytorch, recipe, singlePrecision, taskOf, rowOf, workers, note, signal } = measurement;
  if (pytorch === undefined) return measureCells(measurement);
  return measureMissing(measurement, ({ images, test }, missing, keep) =>
    trainInPytorch({
      python: pytorch,
      recipe,
      images,
      test,
      singlePrecision,
      tasks: missing.map(taskOf).map(({ networks, seed }) => ({ network: networks[0]!, seed })),
      atOnce: workers,
      keep: (result, i, by) => keep([rowOf(result, missing[i]!, provenance(by))], [missing[i]!]),
      note,
      signal,
    }),
  );
}
