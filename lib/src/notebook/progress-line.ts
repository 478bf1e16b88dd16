import { writeOutput } from './kernel-output';

/** How far a piece of work has come. */
export interface ProgressReport {
  done: number;
  total: number;
  /** what else to say, such as the best accuracy so far */
  text?: string;
}

const BAR_LENGTH = 24;
const SHORTEST_PAUSE = 250; // ms between two updates; more often only costs messages

/**
 * A line below the running cell that shows progress and the time left, and updates in place at most four times a second.
 * What stays in the notebook at the end holds no time, so that two executions give the same file.
 *
 * @returns the function to report to; a report with done = total is always shown
 * @throws Error outside a notebook, at the first report
 */
export function progressLine(): (report: ProgressReport) => void {
  let id: string | undefined;
  return throttleProgress((line) => {
    id = writeOutput({ 'text/plain': line }, {}, id);
  }, Date.now);
}

/**
 * The progress line without a notebook: passes on a line for each report that is not too near to the last one shown.
 *
 * @param show receives each line
 * @param now milliseconds
 */
export function throttleProgress(show: (line: string) => void, now: () => number): (report: ProgressReport) => void {
  const began = now();
  let shown = -Infinity;
  return ({ done, total, text }) => {
    const time = now();
    const finished = done >= total;
    if (!finished && time - shown < SHORTEST_PAUSE) return;
    shown = time;
    const filled = total > 0 ? Math.floor((BAR_LENGTH * done) / total) : BAR_LENGTH;
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_LENGTH - filled);
    const left = !finished && done > 0 ? `${duration(((time - began) * (total - done)) / done)} left` : '';
    show([`${bar} ${done}/${total}`, text ?? '', left].filter((part) => part !== '').join(' · '));
  };
}

function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
