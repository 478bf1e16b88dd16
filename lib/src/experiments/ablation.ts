/** Ablation: variants of a method against each other, in pairs of equal seeds. */
import type { Changes } from '../search/method';
import { holmAdjusted } from '../statistics/holm-adjusted';
import { pairedDifference, type PairedDifference } from '../statistics/intervals';
import { plannedRuns, runId, seedsFrom, type Run } from './run';
import { bestOfTop, type RunRecord } from './run-record';

/** A method with something changed; what is absent is as the plan says. */
export interface Variant {
  /** Name of the method. */
  method: string;
  /** The code source, or that of each seed. */
  codes?: string | ((seed: number) => string);
  preset?: string;
  label?: string;
  changes?: Changes;
}

/** Two variants; the difference is first − second. */
export interface Comparison {
  /** What is compared, such as 'siams − naive'. */
  label: string;
  first: Variant;
  second: Variant;
}

/** What all variants share. */
export interface AblationPlan {
  space: string;
  dataset: string;
  label: string;
  preset: string;
  codes: string;
  /** N, and K. */
  budget: number;
  top: number;
  /** Seeds 1, 2, … of each variant. */
  repeats: number;
}

/** A comparison's difference, percent points, with p corrected for all that were made beside it. */
export interface ComparedVariants extends PairedDifference {
  label: string;
  /** p after Holm. */
  corrected: number;
}

/** The variant with each of some code sources in the place of its own, held against it: '<title> − <source>'. */
export function againstCodes(
  title: string,
  variant: Variant,
  sources: Readonly<Record<string, Variant['codes']>>,
): Comparison[] {
  return Object.entries(sources).map(([name, codes]) => {
    return { label: `${title} − ${name}`, first: variant, second: { ...variant, codes } };
  });
}

/** The same codes dealt to the wrong cells: a few shuffles, one after the other over the seeds 1, 2, … */
export function shuffledCodes(source: string, shuffles: number): (seed: number) => string {
  return (seed) => `shuffled@${1 + ((seed - 1) % shuffles)}:${source}`;
}

/** The runs of a variant, in the order of the seeds. */
export function variantRuns(plan: AblationPlan, { method, codes = plan.codes, ...own }: Variant): Run[] {
  const { space, dataset, label, preset, budget, repeats } = plan;
  return seedsFrom(1, repeats).flatMap((seed) =>
    plannedRuns({
      space,
      dataset,
      label: own.label ?? label,
      preset: own.preset ?? preset,
      codes: typeof codes === 'string' ? codes : codes(seed),
      methods: [method],
      budgets: [budget],
      seeds: [seed],
      changes: own.changes ?? {},
    }),
  );
}

/** The runs of an ablation's variants. */
export class Ablation {
  private readonly records: ReadonlyMap<string, RunRecord>;

  /** @param records of all variants that are asked for, in any order */
  constructor(
    readonly plan: AblationPlan,
    records: readonly RunRecord[],
  ) {
    this.records = new Map(records.map((record) => [runId(record), record]));
  }

  /**
   * Best accuracy among the first K cells of a variant's final ranking, percent, by seed.
   *
   * @throws RangeError when runs of it are not among the records
   */
  bestOf(variant: Variant): number[] {
    return variantRuns(this.plan, variant).map((run) => {
      const record = this.records.get(runId(run));
      if (!record) throw new RangeError(`there is no record of ${runId(run)}`);
      return bestOfTop(record, this.plan.top);
    });
  }

  /** The gain of one variant over another under a label policy, percent points, by seed. */
  gainUnder(label: string, better: Variant, worse: Variant): number[] {
    const low = this.bestOf({ ...worse, label });
    return this.bestOf({ ...better, label }).map((value, seed) => value - low[seed]!);
  }

  /** A comparison's difference in pairs of equal seeds. */
  compare({ label, first, second }: Comparison): PairedDifference & { label: string } {
    return { label, ...pairedDifference(this.bestOf(first), this.bestOf(second)) };
  }
}

/** The differences with p corrected for all of them together (Holm). */
export function correctedTogether(differences: readonly (PairedDifference & { label: string })[]): ComparedVariants[] {
  const corrected = holmAdjusted(differences.map(({ p }) => p));
  return differences.map((difference, i) => ({ ...difference, corrected: corrected[i]! }));
}
