import type { Method } from '../method';
import { mutate } from './mutate';
import { neighboursOf, spend, type Trainings } from './trainings';

/** Settings of regularised evolution. */
export interface EvolutionSettings {
  /** Cells alive at a time, P, and how many of them are drawn at random first. */
  population: number;
  initial: number;
  /** Cells drawn from them, with replacement, of which the best is the parent, S. */
  sample: number;
  /** How far a child is from its parent: one change, or as naszilla mutates. */
  mutation: 'one change' | 'naszilla';
  /** Whether a child that is known already is trained again, at the full price. */
  again: boolean;
  /** Whether it knows which cells make equal networks. */
  distinct: boolean;
}

/**
 * As NAS-Bench-201's authors ran it (Dong and Yang 2020, §4: 10 from the start, the sample size 10 from 3, 5, 10), but that
 * what is known is not trained again.
 */
export const EVOLUTION_OF_NAS_BENCH_201: EvolutionSettings = {
  population: 10,
  initial: 10,
  sample: 10,
  mutation: 'one change',
  again: false,
  distinct: false,
};

/** Known children in a row after which a cell is drawn at random: all around is known. */
const FRUITLESS_CHILDREN = 100;

/**
 * Regularised evolution (Real et al. 2019, algorithm 1): a child is its parent with one change or some, and the oldest
 * dies. A child that is known already lives like any other, and costs nothing unless it is trained again.
 *
 * @throws Error, when it searches a space without `neighbours`
 */
export function regularisedEvolution(settings: EvolutionSettings): Method {
  const { distinct, again } = settings;
  return {
    title: 'regularised evolution',
    readsCodes: false,
    settings,
    search(problem, budget, seeds, progress) {
      const neighbours = neighboursOf(problem);
      return seeds.map((seed, i) => {
        const trained = spend(problem, { budget, seed, distinct, again, stream: 'evolution' }, (trainings) =>
          evolve(settings, neighbours, trainings),
        );
        progress?.(i + 1, seeds.length);
        return { trained };
      });
    },
  };
}

function evolve(
  settings: EvolutionSettings,
  neighbours: (position: number) => Int32Array,
  { random, train, isKnown, draw }: Trainings,
): never {
  const alive: { position: number; label: number }[] = [];
  const live = (position: number): void => {
    alive.push({ position, label: train(position) });
    if (alive.length > settings.population) alive.shift();
  };
  const step = (position: number): number => {
    if (settings.mutation === 'naszilla') return mutate(position, neighbours, random);
    const around = neighbours(position);
    return around.length > 0 ? around[random.integer(around.length)]! : draw();
  };
  for (let i = 0; i < settings.initial; i++) live(draw());
  for (let fruitless = 0; ;) {
    let parent = alive[random.integer(alive.length)]!;
    for (let i = 1; i < settings.sample; i++) {
      const rival = alive[random.integer(alive.length)]!;
      if (rival.label > parent.label) parent = rival;
    }
    let child = step(parent.position);
    fruitless = isKnown(child) ? fruitless + 1 : 0;
    if (fruitless > FRUITLESS_CHILDREN) [child, fruitless] = [draw(), 0];
    live(child);
  }
}
