import type { Method } from '../method';
import { spend } from './trainings';

/**
 * Random search: cells drawn one after the other, none twice. The exact expectation of its best is `randomSearch`
 * (protocol §5.5).
 *
 * @param distinct whether it knows which cells make equal networks, and trains one of each
 */
export function randomDraws(distinct: boolean): Method {
  return {
    title: 'random search',
    readsCodes: false,
    settings: { distinct },
    search: (problem, budget, seeds, progress) =>
      seeds.map((seed, i) => {
        const trained = spend(problem, { budget, seed, distinct, stream: 'random search' }, ({ train, draw }) => {
          for (;;) train(draw());
        });
        progress?.(i + 1, seeds.length);
        return { trained };
      }),
  };
}
