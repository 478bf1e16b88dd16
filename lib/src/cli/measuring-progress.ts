import { Presets, SingleBar } from 'cli-progress';
import { type MeasuringProgress } from '../processes/measuring-progress';
import { duration, timeLeft } from './pool-progress';
import { shortPath } from './short-path';

const LINE_EVERY = 60_000; // ms between two lines where stderr is no terminal

/**
 * Progress on stderr: a bar on a terminal, else a line a minute.
 *
 * @param unit what is counted
 */
export function measuringProgress(
  file: string,
  unit = 'cells',
): { report: (progress: MeasuringProgress) => void; end: () => void } {
  const describe = ({ done, total, before, seconds }: MeasuringProgress): string => {
    const left = total === done ? 'done' : timeLeft(done === 0 ? undefined : (seconds * (total - done)) / done);
    return `${done} of ${total} ${unit} (${before} were there) · ${duration(seconds)} · ${left}`;
  };
  if (!process.stderr.isTTY) {
    let last = 0;
    return {
      report: (progress) => {
        if (Date.now() - last < LINE_EVERY && progress.done < progress.total) return;
        last = Date.now();
        process.stderr.write(`${shortPath(file)}: ${describe(progress)}\n`);
      },
      end: () => undefined,
    };
  }
  const bar = new SingleBar(
    { format: '{bar} {text}', barsize: 24, hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  );
  return {
    report: (progress) => {
      if (progress.done === 0) bar.start(progress.total, 0, { text: describe(progress) });
      bar.update(progress.done, { text: describe(progress) });
    },
    end: () => bar.stop(),
  };
}
