import type { SearchSpace } from '../benchmarks/search-space';
import { equalNetworks } from '../benchmarks/unique-cells';
import type { Interval } from '../statistics/intervals';
import type { Accuracies } from '../tables/accuracies';
import { decide, subjectOf, type Claim } from './claims';
import type { PriorCover, PriorScope } from './prior-cover';
import { compareRanks, spearmanDifference, type SourceCorrelation } from './rank-comparison';

/** Options of `PriorComparison`. */
export interface PriorComparisonOptions {
  /** Scope `best`: this share of the space's cells, percent. */
  bestPercent: number;
  /** Fewest cells of which a correlation is computed: with fewer, its interval covers nearly all. */
  fewest: number;
  /** Of the bootstrap. */
  resamples: number;
}

/** What the sources of a cover have to do with a data set's accuracies. */
export interface ScopeCorrelations {
  n: number;
  /** By source; nothing where n is too small. */
  found: Record<string, SourceCorrelation>;
}

/** A source, and the cover that it is of. */
export interface ListedSource {
  cover: PriorCover;
  name: string;
}

/** How well a source of prior knowledge ranks the cells of a data set. */
export interface CorrelationRow {
  /** 'real codes', 'synflow', … */
  source: string;
  /** 'CIFAR-10' */
  dataSet: string;
  /** Spearman's correlation with accuracy */
  spearman: number;
  /** ends of its 95 % interval */
  low: number;
  high: number;
  /** cells */
  n: number;
  /** whether this is the control that the others must beat, such as FLOPs */
  control: boolean;
  /** the control's correlation on the same cells, where the source covers only some; drawn as a tick */
  controlHere?: number;
}

/** What every source is held against, known of the cells of every cover. */
const CONTROL = 'FLOPs';

/**
 * How well sources of prior knowledge rank the cells of a space: Spearman's correlation with final accuracy for every
 * cover, scope and data set. All sources of a cover are on the same bootstrap resamples, so that two can be compared. The
 * intervals draw networks, each with all its cells: copies of a network are no evidence.
 */
export class PriorComparison {
  private readonly correlations = new Map<string, ScopeCorrelations>();
  private readonly networkOf: ArrayLike<number>;

  /**
   * @param covers the first is of the whole space; each has the source `FLOPs` as the control
   * @param tables accuracies, one a data set
   */
  constructor(
    readonly space: SearchSpace,
    readonly covers: readonly PriorCover[],
    readonly tables: readonly Accuracies[],
    readonly options: PriorComparisonOptions,
  ) {
    this.networkOf = equalNetworks(space).representativeOf;
    for (const cover of covers)
      for (const scope of cover.scopes)
        for (const table of tables)
          this.correlations.set(key(cover, table, scope), this.correlate(cover, table, scope));
  }

  /** What was found. Throws a RangeError for a scope that the cover says nothing of. */
  of(cover: PriorCover, table: Accuracies, scope: PriorScope): ScopeCorrelations {
    const found = this.correlations.get(key(cover, table, scope));
    if (!found) throw new RangeError(`${cover.name} has no correlations over ${scope} on ${table.dataset}`);
    return found;
  }

  /** The sources that a scope shows, each once: of a later cover those that no earlier one has. */
  listed(scope: PriorScope): ListedSource[] {
    const names = new Set<string>();
    return this.covers.flatMap((cover) =>
      Object.keys(cover.sources).flatMap((name) => {
        if (names.has(name)) return [];
        names.add(name);
        return cover.scopes.includes(scope) ? [{ cover, name }] : [];
      }),
    );
  }

  /** How many networks the cells of a cover make, and the most cells that one of them has. */
  networks(cover: PriorCover): { networks: number; mostCells: number } {
    const counts = new Map<number, number>();
    for (const cell of cover.cells) counts.set(this.networkOf[cell]!, (counts.get(this.networkOf[cell]!) ?? 0) + 1);
    return { networks: counts.size, mostCells: Math.max(...counts.values()) };
  }

  /** n in words, one for each data set where they differ: '1,565 / 1,571 / 1,563'. */
  size(cover: PriorCover, scope: PriorScope): string {
    const counts = this.tables.map((table) => this.of(cover, table, scope).n);
    return [...new Set(counts).size === 1 ? counts.slice(0, 1) : counts].map((n) => n.toLocaleString('en-US')).join(' / '); // prettier-ignore
  }

  /** What a scope is called in captions and claims. */
  scopeTitle(scope: PriorScope): string {
    if (scope === 'best') return `best ${this.options.bestPercent} % of cells`;
    return scope === 'cells' ? 'all cells' : 'all networks';
  }

  /** Rows of a table: each source's Spearman with its interval, by data set; and the control's on the cells of a sample. */
  correlationRows(scope: PriorScope): Record<string, string>[] {
    const listed = this.listed(scope);
    const samples = [...new Set(listed.map(({ cover }) => cover))].slice(1);
    const row = (source: string, cover: PriorCover, name: string): Record<string, string> =>
      this.row(source, cover, scope, ({ found }) => describe(found[name]));
    return [
      ...listed.map(({ cover, name }) => row(name, cover, name)),
      ...samples.map((cover) => row(`${CONTROL} on ${cover.name}`, cover, CONTROL)),
    ];
  }

  /** Rows of a table: each source's |Spearman| less that of the control on the same cells. */
  leadRows(scope: PriorScope): Record<string, string>[] {
    return this.listed(scope)
      .filter(({ name }) => name !== CONTROL)
      .map(({ cover, name }) =>
        this.row(name, cover, scope, ({ found }) => {
          if (!found[name]) return '–';
          const { difference, ...ends } = spearmanDifference(found[name], found[CONTROL]!);
          return describe({ spearman: difference, ...ends });
        }),
      );
  }

  /** Rows of `correlationBars`. */
  chartRows(scope: PriorScope): CorrelationRow[] {
    const [whole] = this.covers;
    return this.listed(scope).flatMap(({ cover, name }) =>
      this.tables.flatMap((table): CorrelationRow[] => {
        const { found, n } = this.of(cover, table, scope);
        if (!found[name] || Number.isNaN(found[name].spearman)) return [];
        const { spearman, low, high } = found[name];
        const source = cover === whole ? name : `${name} (n = ${this.size(cover, scope)})`;
        const control = cover === whole && name === CONTROL;
        const row = { source, dataSet: table.datasetTitle, spearman, low, high, n, control };
        return [cover === whole ? row : { ...row, controlHere: found[CONTROL]!.spearman }];
      }),
    );
  }

  /**
   * The claim that a source's |Spearman| is higher than another's on the same cells: it holds when the whole interval of
   * the difference lies above 0.
   */
  claim(
    { cover, name }: ListedSource,
    rival: string,
    { table, scope, paper, picture }: { table: Accuracies; scope: PriorScope; paper: string; picture: string },
  ): Claim {
    const { found, n } = this.of(cover, table, scope);
    const subject = {
      ...subjectOf('Fig. 8', table, picture),
      claim: `${name}: higher |Spearman| than ${rival} over ${this.scopeTitle(scope)}`,
      paper,
      n,
      unit: 'Spearman',
    };
    if (!found[name]) return { ...subject, ours: `n = ${n}`, verdict: 'not decidable with these n' };
    const difference = spearmanDifference(found[name], found[rival]!);
    const { low, high } = difference;
    const ours = describe({ spearman: difference.difference, low, high });
    return { ...subject, ours, verdict: decide(difference), value: difference.difference, low, high };
  }

  private row(
    source: string,
    cover: PriorCover,
    scope: PriorScope,
    text: (found: ScopeCorrelations) => string,
  ): Record<string, string> {
    const cells = this.tables.map((table) => [table.datasetTitle, text(this.of(cover, table, scope))]);
    return { source, n: this.size(cover, scope), ...(Object.fromEntries(cells) as Record<string, string>) };
  }

  private correlate(cover: PriorCover, table: Accuracies, scope: PriorScope): ScopeCorrelations {
    const { bestPercent, fewest, resamples } = this.options;
    const accuracy = table.score.values;
    const least = Float64Array.from(accuracy)
      .sort()
      .at(-Math.ceil((this.space.size * bestPercent) / 100))!;
    const isIn: Record<PriorScope, (cell: number) => boolean> = {
      cells: () => true,
      networks: (cell) => this.networkOf[cell] === cell,
      best: (cell) => accuracy[cell]! >= least,
    };
    const chosen = cover.cells.flatMap((cell, i) => (isIn[scope](cell) ? [i] : []));
    if (chosen.length < fewest) return { n: chosen.length, found: {} };
    const ofChosen = (values: ArrayLike<number>): number[] => chosen.map((i) => values[i]!);
    const sources = Object.entries(cover.sources).map(([name, values]) => [name, ofChosen(values)]);
    const cells = ofChosen(cover.cells);
    const target = cells.map((cell) => accuracy[cell]!);
    const groups = cells.map((cell) => this.networkOf[cell]!);
    return {
      n: chosen.length,
      found: compareRanks(Object.fromEntries(sources) as Record<string, number[]>, target, { groups, resamples }),
    };
  }
}

/** A correlation, or a difference of two, with its interval, to three decimals: '−0.123 (−0.200 to 0.045)'. */
export function describeCorrelation({ spearman, low, high }: { spearman: number } & Interval): string {
  return `${decimals(spearman)} (${decimals(low)} to ${decimals(high)})`;
}

function describe(correlation: ({ spearman: number } & Interval) | undefined): string {
  return correlation ? describeCorrelation(correlation) : '–';
}

function decimals(value: number): string {
  return `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(3)}`;
}

function key(cover: PriorCover, table: Accuracies, scope: PriorScope): string {
  return `${cover.name} ${table.dataset} ${scope}`;
}
