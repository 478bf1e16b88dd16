import { Presets, SingleBar } from 'cli-progress';
import type { SearchProgress } from '../search/method';
import { duration, timeLeft } from './pool-progress';

const LINE_EVERY = 10_000; // ms between two lines where the stream is no terminal

/**
 * Shows how far a search is that tells nothing before its end: a bar on a terminal, which goes when the search is done, else
 * a line now and then.
 *
 * @param stream where it is shown
 * @param clock milliseconds
 */
export function searchProgress(
  stream: NodeJS.WriteStream,
  clock = Date.now,
): { report: SearchProgress; end: () => void } {
  const started = clock();
  let first: { done: number; at: number } | undefined; // before it the method gets ready, which says nothing of its speed
  const describe = (done: number, total: number): string => {
    first ??= { done, at: clock() };
    const speed = (done - first.done) / (clock() - first.at); // NaN at first
    const left = done >= total ? 'almost done' : timeLeft(speed > 0 ? (total - done) / speed / 1000 : undefined);
    return `${Math.floor((100 * done) / total)} % · ${duration((clock() - started) / 1000)} so far · ${left}`;
  };
  if (!stream.isTTY) {
    let last = started;
    return {
      report: (done, total) => {
        const text = describe(done, total);
        if (clock() - last < LINE_EVERY) return;
        last = clock();
        stream.write(`${text}\n`);
      },
      end: () => undefined,
    };
  }
  // Cursor and line wrapping stay as they are: Ctrl-C ends a search, which computes without a pause, before it could bring
  // them back.
  const bar = new SingleBar(
    { format: '{bar} {text}', barsize: 24, linewrap: true, clearOnComplete: true, stream },
    Presets.shades_classic,
  );
  let running = false;
  return {
    report: (done, total) => {
      const text = { text: describe(done, total) };
      if (!running) bar.start(total, done, text);
      running = true;
      bar.update(done, text);
    },
    end: () => bar.stop(),
  };
}
