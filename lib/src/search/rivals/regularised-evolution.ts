import type { Method } from '../method';
import { neighboursOf, spend, type Trainings } from './trainings';

/** Settings of regularised evolution. */
export interface EvolutionSettings {
  /** Cells alive at a time, P. */
  population: number;
  /** Cells drawn from them, with replacement, of which the best is the parent, S. */
  sample: number;
  /** Whether it knows which cells make equal networks, and trains none again. */
  distinct: boolean;
}

/** As NAS-Bench-201's authors ran it (Dong and Yang 2020, §4: 10 from the start, the sample size 10 from 3, 5, 10). */
export const EVOLUTION_OF_NAS_BENCH_201: EvolutionSettings = { population: 10, sample: 10, distinct: false };

/** As naszilla runs it (`naszilla/nas_algorithms.py`), but for the population it starts from, 10 there. */
export const EVOLUTION_OF_NASZILLA: EvolutionSettings = { population: 30, sample: 10, distinct: false };

/** Children without a training, in a row, after which a cell is drawn at random: all around is known. */
const FRUITLESS_CHILDREN = 100;

/**
 * Regularised evolution (Real et al. 2019, algorithm 1): a child is its parent with one change, and the oldest dies. A child
 * that is known already is not trained again, and costs nothing; it lives all the same.
 *
 * @throws Error, when it searches a space without `neighbours`
 */
export function regularisedEvolution(settings: EvolutionSettings): Method {
  const { distinct } = settings;
  return {
    title: 'regularised evolution',
    readsCodes: false,
    settings,
    search(problem, budget, seeds, progress) {
      const neighbours = neighboursOf(problem);
      return seeds.map((seed, i) => {
        const trained = spend(problem, { budget, seed, distinct, stream: 'evolution' }, (trainings) =>
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
  const live = (position: number): number => alive.push({ position, label: train(position) });
  while (alive.length < settings.population) live(draw());
  for (let fruitless = 0; ; alive.shift()) {
    let parent = alive[random.integer(alive.length)]!;
    for (let i = 1; i < settings.sample; i++) {
      const rival = alive[random.integer(alive.length)]!;
      if (rival.label > parent.label) parent = rival;
    }
    const around = neighbours(parent.position);
    let child = around.length > 0 ? around[random.integer(around.length)]! : draw();
    fruitless = isKnown(child) ? fruitless + 1 : 0;
    if (fruitless > FRUITLESS_CHILDREN) child = draw();
    live(child);
  }
}
