import { type SearchSpace } from '../benchmarks/search-space';
import { type RecordKind } from '../files/keyed-store';
import { decimal } from '../files/decimal';
import { isWholeProvenance } from '../files/provenance';
import { splitFields } from '../files/read-csv';
import { cellCheck } from './cell-check';
import { cellStore, type CellStore } from './cell-store';

/** A cell's measured code as the store keeps it. */
export interface StoredCode {
  /** The cell's id in the benchmark. */
  id: number;
  architecture: string;
  /** Mean training loss of each epoch. */
  losses: readonly number[];
  /** Processor time of the training; in PyTorch time of the device, shared by the networks that it trained. */
  seconds: number;
  /** The run's seed, of which the cell's own follows (`cellSeed`). */
  seed: number;
  /** What measured it (see `provenance`); `unknown` where a code is older than the column. */
  provenance: string;
}

/** Significant digits of a loss and decimals of the seconds: more than a training's rounding is worth. */
const LOSS_DIGITS = 8;
const SECONDS_DECIMALS = 2;

/**
 * Files of codes. Our engines' and PyTorch's share one, since all are of single precision: they differ as those of two
 * seeds do (data/README.md). The draw is the run's seed.
 *
 * @param epochs losses of a code
 */
export function codeStore(epochs: number, space: SearchSpace): CellStore<StoredCode, number> {
  return cellStore(
    (cells) => codes(epochs, cells),
    space,
    (seed: number) => seed,
  );
}

function codes(epochs: number, space: SearchSpace): RecordKind<number, StoredCode> {
  const losses = Array.from({ length: epochs }, (_, i) => `loss${i + 1}`);
  const columns = ['id', 'architecture', ...losses, 'seconds', 'seed'];
  const kind: RecordKind<number, StoredCode> = {
    title: `codes of ${epochs} epochs`,
    header: [...columns, 'provenance'].join(','),
    key: ({ id }) => id,
    format: formatLine,
    parse: (line) => parseLine(line, epochs),
    describe: (code) => `id ${code.id}: ${code.losses.join(' ')} (seed ${code.seed})`,
    isWhole: ({ provenance }) => isWholeProvenance(provenance),
    wrong: cellCheck(space),
    // Time and provenance say nothing of a code: other machines and later versions have to find the same.
    same: (a, b) => resultOf(a) === resultOf(b),
    common: { name: 'seed', of: ({ seed }) => seed, options: '--seed' },
    busy: 'wait for it, or share the cells out with --shard',
  };
  const earlier = {
    ...kind,
    header: columns.join(','),
    format: (code: StoredCode) => formatLine(code).replace(/,[^,]*$/, ''),
    parse: (line: string) => parseLine(`${line},unknown`, epochs),
  };
  return { ...kind, earlier };
}

function resultOf(code: StoredCode): string {
  return formatLine({ ...code, seconds: 0, provenance: '' });
}

function formatLine({ id, architecture, losses, seconds, seed, provenance }: StoredCode): string {
  const values = losses.map((loss) => loss.toPrecision(LOSS_DIGITS));
  return [id, architecture, ...values, seconds.toFixed(SECONDS_DECIMALS), seed, provenance].join(',');
}

function parseLine(line: string, epochs: number): StoredCode | undefined {
  const [id, architecture, ...rest] = splitFields(line);
  const provenance = rest.pop();
  const numbers = [id!, ...rest].map(decimal);
  if (!provenance || rest.length !== epochs + 2 || !numbers.every(Number.isFinite)) return;
  return {
    id: numbers[0]!,
    architecture: architecture!,
    losses: numbers.slice(1, epochs + 1),
    seconds: numbers[epochs + 1]!,
    seed: numbers[epochs + 2]!,
    provenance,
  };
}
