import { Presets, SingleBar } from 'cli-progress';
import { secondsLeft, type PoolState } from './worker-pool';

/** Shows on stderr how far a computation is: a bar on a terminal, else a line now and then. */
export interface StackProgress {
  update(state: PoolState): void;
  end(): void;
}

const LINE_EVERY = 30_000; // ms, where stderr is no terminal

/**
 * @param total runs to be made
 * @param stream where it is shown; stderr by default
 */
export function stackProgress(total: number, stream: NodeJS.WriteStream = process.stderr): StackProgress {
  const started = Date.now();
  let state: PoolState = { done: [], active: [], waiting: [], busy: 0 };
  const facts = () => {
    const { done, active, waiting } = state;
    const work = (stacks: readonly { training: number; ranking: number }[]): number =>
      stacks.reduce((sum, { training, ranking }) => sum + training + ranking, 0);
    const complete = work(done) + active.reduce((sum, { stack, share }) => sum + share * work([stack]), 0);
    const all = work(done) + work(active.map(({ stack }) => stack)) + work(waiting);
    const left = secondsLeft(state);
    const names = active.map(({ stack }) => `${stack.runs[0]!.method} N=${stack.runs[0]!.budget}`);
    return {
      percent: all === 0 ? 0 : Math.floor((100 * complete) / all),
      runs: `${done.reduce((sum, stack) => sum + stack.runs.length, 0)}/${total} runs`,
      elapsed: duration((Date.now() - started) / 1000),
      left: left === undefined ? 'estimating the time left' : `about ${duration(left)} left`,
      doing: [...new Set(names)].join(', '),
    };
  };

  if (!stream.isTTY) {
    let last = Date.now();
    return {
      update(now) {
        state = now;
        if (Date.now() - last < LINE_EVERY) return;
        last = Date.now();
        const { percent, runs, elapsed, left, doing } = facts();
        stream.write(`${percent} % · ${runs} · ${elapsed} · ${left} · ${doing}\n`);
      },
      end: () => undefined,
    };
  }

  const bar = new SingleBar(
    {
      format: '{bar} {percent} % · {runs} · {elapsed} · {left} · {doing}',
      barsize: 24,
      hideCursor: true,
      stream,
      fps: 4,
    },
    Presets.shades_classic,
  );
  bar.start(100, 0, facts());
  const show = (): void => {
    const now = facts();
    bar.update(now.percent, now);
  };
  const timer = setInterval(show, 1000);
  return {
    update(now) {
      state = now;
    },
    end() {
      clearInterval(timer);
      show();
      bar.stop();
    },
  };
}

/** '45 s', '3 min 20 s', '2 h 5 min'. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
