import { GRADIENT_SCORES, UNIT_SCORES } from '../benchmarks/code-tables';
import { type SearchSpace } from '../benchmarks/search-space';
import { decimal } from '../files/decimal';
import { type RecordKind } from '../files/keyed-store';
import { isWholeProvenance } from '../files/provenance';
import { splitFields } from '../files/read-csv';
import { cellCheck } from './cell-check';
import { cellStore, type CellStore } from './cell-store';
import { type ZeroCostScores } from './zero-cost-scores';

/** The scores, in the order of a table's columns; empty where a network has none (see `ZeroCostScores`). */
export const NETWORK_SCORES = [...GRADIENT_SCORES, ...UNIT_SCORES] as const;

/** What is the same for all rows of a table. */
export interface ScoreRecipe {
  /** The benchmark's name for the network, such as `full`. */
  network: string;
  classes: number;
  /** Of the batch, and of each network's weights together with the cell. */
  seed: number;
}

/** A cell's scores as a table keeps them. */
export interface ScoredNetwork extends ScoreRecipe {
  id: number;
  architecture: string;
  scores: ZeroCostScores;
  /** Processor time. */
  seconds: number;
  /** What measured them (see `provenance`). */
  provenance: string;
}

const DIGITS = 8;
const SECONDS_DECIMALS = 2;

/** Tables of scores. */
export function networkScoreStore(space: SearchSpace): CellStore<ScoredNetwork, ScoreRecipe> {
  return cellStore(scoresOf, space, describeRecipe);
}

const scoresOf = (space: SearchSpace): RecordKind<number, ScoredNetwork> => ({
  title: 'zero-cost scores of networks',
  header: ['id', 'architecture', ...NETWORK_SCORES, 'network', 'classes', 'seed', 'seconds', 'provenance'].join(','),
  key: ({ id }) => id,
  format: formatLine,
  parse: parseLine,
  describe: ({ id, scores }) => `id ${id}: ${NETWORK_SCORES.map((name) => `${name} ${scores[name]}`).join(', ')}`,
  isWhole: ({ provenance }) => isWholeProvenance(provenance),
  wrong: cellCheck(space),
  // Time and provenance say nothing of a score.
  same: (a, b) => formatLine({ ...a, seconds: 0, provenance: '' }) === formatLine({ ...b, seconds: 0, provenance: '' }),
  common: { name: 'recipe', of: describeRecipe, options: '--network, --classes, --seed' },
  busy: 'wait for it, or share the cells out with --shard',
});

function describeRecipe({ network, classes, seed }: ScoreRecipe): string {
  return `"network ${network}, ${classes} classes, seed ${seed}"`;
}

function formatLine({ id, architecture, scores, network, classes, seed, seconds, provenance }: ScoredNetwork): string {
  const values = NETWORK_SCORES.map((name) => scores[name]?.toPrecision(DIGITS) ?? '');
  return [id, architecture, ...values, network, classes, seed, seconds.toFixed(SECONDS_DECIMALS), provenance].join(',');
}

function parseLine(line: string): ScoredNetwork | undefined {
  const [id, architecture, ...rest] = splitFields(line);
  const values = rest.slice(0, NETWORK_SCORES.length).map((text) => (text === '' ? undefined : decimal(text)));
  const [network, ...others] = rest.slice(NETWORK_SCORES.length);
  const [classes, seed, seconds] = others.slice(0, 3).map(decimal);
  const number = decimal(id!);
  const numbers = [number, ...values.filter((value) => value !== undefined), classes!, seed!, seconds!];
  if (others.length !== 4 || !network || !numbers.every(Number.isFinite)) return;
  return {
    id: number,
    architecture: architecture!,
    scores: Object.fromEntries(NETWORK_SCORES.map((name, i) => [name, values[i]])) as unknown as ZeroCostScores,
    network,
    classes: classes!,
    seed: seed!,
    seconds: seconds!,
    provenance: others[3]!,
  };
}
