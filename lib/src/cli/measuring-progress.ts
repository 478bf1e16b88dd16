import { type MeasuringProgress } from '../processes/measuring-progress';
import { duration, timeLeft } from './pool-progress';
import { progressBar } from './progress-bar';
import { shortPath } from './short-path';

const LINE_EVERY = 60_000; // ms between two lines where stderr is no terminal

/**
 * Shows on stderr how far a measurement is; where that is no terminal, each line says of which file.
 *
 * @param unit what is counted
 */
export function measuringProgress(
  file: string,
  unit = 'cells',
): { report: (progress: MeasuringProgress) => void; end: () => void } {
  const bar = progressBar(process.stderr, { every: LINE_EVERY });
  const place = process.stderr.isTTY ? '' : `${shortPath(file)}: `;
  return {
    report({ done, total, before, seconds }) {
      const left = total === done ? 'done' : timeLeft(done === 0 ? undefined : (seconds * (total - done)) / done);
      const facts = `${done} of ${total} ${unit} (${before} were there) · ${duration(seconds)} · ${left}`;
      bar.show(total === 0 ? 1 : done / total, place + facts);
    },
    end: bar.end,
  };
}
