import { findMethod } from '../search/methods';
import { mean } from '../statistics/intervals';
import { useBackend } from '../tensors/backend';
import type { Run } from './run';
import { loadRunData, tableHashes, type RunData } from './run-data';
import { RunIdentity } from './run-identity';
import { curveSteps, improvements, type SearchCurve } from './search-curve';
import type { SearchPlan, SearchRecord } from './search-record';
import { SearchStore } from './search-store';
import { versions } from './versions';

/** The searches of a plan. */
export interface Searches {
  plan: SearchPlan;
  /** A curve a seed, in the plan's order. */
  curves: SearchCurve[];
  /** Mean processor seconds of a search. */
  processorSeconds: number;
}

/** Options of `makeSearches`. */
export interface MakeSearchesOptions {
  /** Where records are and are kept; `data/searches` by default. */
  store?: SearchStore;
  /** Seeds of one record: what is lost at most when the work is stopped. */
  atATime?: number;
  /** Told in a line what is being made, and how far it is; not called when all is there. */
  progress?: (line: string) => void;
}

const SEEDS_AT_A_TIME = 25;

/**
 * The searches of some plans, for notebooks: those that are missing are made first, in this process, and kept.
 *
 * @returns in the order of the plans
 * @throws Error as `loadRunData` and the methods do
 */
export async function makeSearches(
  plans: readonly SearchPlan[],
  options: MakeSearchesOptions = {},
): Promise<Searches[]> {
  const { store = new SearchStore(), atATime = SEEDS_AT_A_TIME, progress } = options;
  const loaded = new Map<string, RunData>();
  const load = (run: Omit<Run, 'seed'>): RunData => {
    const key = JSON.stringify([run.space, run.dataset, run.label, run.codes]);
    const data = loaded.get(key) ?? loadRunData(run);
    loaded.set(key, data);
    return data;
  };
  const identity = new RunIdentity({}, load);
  const searches: Searches[] = [];
  for (const plan of plans) {
    const before = store.find(plan, identity);
    const { missing } = before;
    if (missing.length > 0) await useBackend();
    for (let start = 0; start < missing.length; start += atATime) {
      const seeds = missing.slice(start, start + atATime);
      await store.append([searchAll({ ...plan, seeds }, load(plan), progress)]);
    }
    const { records } = missing.length > 0 ? store.find(plan, identity) : before;
    searches.push(searchesOf(plan, records, load(plan)));
  }
  return searches;
}

/** Searches once a seed. */
function searchAll(plan: SearchPlan, data: RunData, progress?: (line: string) => void): SearchRecord {
  const { method: name, dataset, label, budget, seeds } = plan;
  const { benchmark, accuracies } = data;
  const method = findMethod(name, plan);
  const space = benchmark.space();
  const codes = method.readsCodes ? data.codes : undefined;
  const labels = accuracies.label.values;
  const began = process.cpuUsage();
  const results = method.search({ space, labels, codes }, budget, seeds, (done, total) =>
    progress?.(
      `${method.title}, ${benchmark.name}, ${dataset}, ${label}, seeds ${seeds[0]!} to ${seeds.at(-1)!}: ` +
        `${Math.floor((100 * done) / total)} %`,
    ),
  );
  const { user, system } = process.cpuUsage(began); // µs
  return {
    ...plan,
    found: results.map(({ trained }) => improvements(trained, labels, space.ids)),
    processorSeconds: (user + system) / 1e6 / seeds.length,
    codesInTrainings: mean(results.map(({ codesUsed = 0 }) => codesUsed * (codes?.trainingsPerCode ?? 0))),
    settings: method.settings,
    tables: tableHashes({ accuracies, codes }),
    versions: versions(0),
    date: new Date().toISOString().slice(0, 10),
  };
}

function searchesOf(plan: SearchPlan, records: readonly SearchRecord[], { benchmark, accuracies }: RunData): Searches {
  const { ids } = benchmark.space();
  const positionOf = new Map(Array.from(ids, (id, position) => [id, position]));
  const scoreOf = (id: number): number => accuracies.score.values[positionOf.get(id)!]!;
  const curves = new Map<number, SearchCurve>();
  for (const { seeds, found, codesInTrainings } of records) {
    seeds.forEach((seed, i) => {
      curves.set(seed, { steps: curveSteps(found[i]!, scoreOf), trainings: plan.budget, codesInTrainings });
    });
  }
  const weighted = records.reduce((sum, { processorSeconds, seeds }) => sum + processorSeconds * seeds.length, 0);
  return {
    plan,
    curves: plan.seeds.map((seed) => curves.get(seed)!),
    processorSeconds: weighted / records.reduce((sum, { seeds }) => sum + seeds.length, 0),
  };
}
