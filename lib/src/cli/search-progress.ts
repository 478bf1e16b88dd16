import type { SearchProgress } from '../search/method';
import { duration, timeLeft } from './pool-progress';
import { progressBar } from './progress-bar';

const LINE_EVERY = 10_000; // ms between two lines where the stream is no terminal

/**
 * Shows how far a search is that tells nothing before its end.
 *
 * @param stream where it is shown
 * @param clock milliseconds
 */
export function searchProgress(
  stream: NodeJS.WriteStream,
  clock = Date.now,
): { report: SearchProgress; end: () => void } {
  const bar = progressBar(stream, { every: LINE_EVERY, passing: true, clock });
  const started = clock();
  let first: { done: number; at: number } | undefined; // before it the method gets ready, which says nothing of its speed
  return {
    report(done, total) {
      first ??= { done, at: clock() };
      const speed = (done - first.done) / (clock() - first.at); // NaN at first
      const left = done >= total ? 'almost done' : timeLeft(speed > 0 ? (total - done) / speed / 1000 : undefined);
      const share = done / total;
      bar.show(share, `${Math.floor(100 * share)} % · ${duration((clock() - started) / 1000)} so far · ${left}`);
    },
    end: bar.end,
  };
}
