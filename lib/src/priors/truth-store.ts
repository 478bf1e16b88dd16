import { type SearchSpace } from '../benchmarks/search-space';
import { decimal } from '../files/decimal';
import { type RecordKind } from '../files/keyed-store';
import { isWholeProvenance } from '../files/provenance';
import { splitFields } from '../files/read-csv';
import { cellCheck } from './cell-check';
import { cellStore, type CellStore } from './cell-store';

/** What was measured of a cell by training it. */
export interface Truth {
  /** The cell's id in the benchmark. */
  id: number;
  architecture: string;
  /** Percent of all 10,000 test images, once, with the last weights. */
  accuracy: number;
  /** Mean training loss of each epoch. */
  losses: readonly number[];
  /** Processor time of training and test; in PyTorch time of the device, shared by the networks that it trained. */
  seconds: number;
  /** The run's seed, of which the cell's own follows. */
  seed: number;
  /** What measured it (see `provenance`). */
  provenance: string;
}

/** What all trainings of a file share, besides the recipe. */
export interface TruthDraw {
  /** The run's seed. */
  seed: number;
  /** Whether they are PyTorch's. */
  pytorch?: boolean;
}

/** Significant digits of a loss, and decimals of the seconds: more than a training's rounding is worth. */
const LOSS_DIGITS = 7;
const SECONDS_DECIMALS = 2;

/** What the provenance of a training in PyTorch says: its numbers are others, so it shares no file with our engines'. */
export const IN_PYTORCH = 'PyTorch';

/**
 * Files of trained cells.
 *
 * @param epochs losses of a cell
 */
export function truthStore(epochs: number, space: SearchSpace): CellStore<Truth, TruthDraw> {
  return cellStore((cells) => truths(epochs, cells), space, common);
}

/** What all cells of a file have in common. */
function common({ seed, pytorch = false }: TruthDraw): number | string {
  return pytorch ? `${seed} in ${IN_PYTORCH}` : seed;
}

function truths(epochs: number, space: SearchSpace): RecordKind<number, Truth> {
  const losses = Array.from({ length: epochs }, (_, i) => `loss${i + 1}`);
  const wrongCell = cellCheck(space);
  return {
    title: `accuracies and losses of ${epochs} epochs`,
    header: ['id', 'architecture', 'accuracy', ...losses, 'seconds', 'seed', 'provenance'].join(','),
    key: ({ id }) => id,
    format: formatLine,
    parse: (line) => parseLine(line, epochs),
    describe: describeTruth,
    isWhole: ({ provenance }) => isWholeProvenance(provenance),
    wrong: (truth) => wrongCell(truth) ?? wrongAccuracy(truth),
    // Time and provenance say nothing of a result: other machines and later versions have to find the same.
    same: (a, b) => withoutOrigin(a) === withoutOrigin(b),
    common: {
      name: 'seed',
      of: ({ seed, provenance }) => common({ seed, pytorch: provenance.includes(IN_PYTORCH) }),
      options: '--seed, --pytorch',
    },
    busy: 'wait for it, or share the cells out with --shard',
  };
}

/** With the first loss that is another one, so that two trainings of equal accuracy do not look the same. */
function describeTruth({ id, accuracy, losses, seed }: Truth, other?: Truth): string {
  const digits = (loss: number): string => loss.toPrecision(LOSS_DIGITS);
  const epoch = other ? losses.findIndex((loss, i) => digits(loss) !== digits(other.losses[i]!)) : -1;
  const loss = epoch < 0 ? '' : `, loss${epoch + 1} ${digits(losses[epoch]!)}`;
  return `id ${id}: ${accuracy} %${loss} (seed ${seed})`;
}

function wrongAccuracy({ accuracy }: Truth): string | undefined {
  if (accuracy >= 0 && accuracy <= 100) return;
  return `found an accuracy of ${accuracy}, expected percent, from 0 to 100; correct or remove the line`;
}

function withoutOrigin(truth: Truth): string {
  return formatLine({ ...truth, seconds: 0, provenance: '' });
}

function formatLine({ id, architecture, accuracy, losses, seconds, seed, provenance }: Truth): string {
  const values = losses.map((loss) => loss.toPrecision(LOSS_DIGITS));
  return [id, architecture, accuracy.toFixed(2), ...values, seconds.toFixed(SECONDS_DECIMALS), seed, provenance].join(
    ',',
  );
}

function parseLine(line: string, epochs: number): Truth | undefined {
  const [id, architecture, ...rest] = splitFields(line);
  const provenance = rest.pop();
  const numbers = [id!, ...rest].map(decimal);
  if (!provenance || rest.length !== epochs + 3 || !numbers.every(Number.isFinite)) return;
  return {
    id: numbers[0]!,
    architecture: architecture!,
    accuracy: numbers[1]!,
    losses: numbers.slice(2, epochs + 2),
    seconds: numbers[epochs + 2]!,
    seed: numbers[epochs + 3]!,
    provenance,
  };
}
