import type { Stack } from '../experiments/stack-plan';
import type { PoolState } from '../processes/worker-pool';
import { describePool, duration, shareDone } from './pool-progress';
import { progressBar } from './progress-bar';

/** Shows on stderr how far a computation is. */
export interface StackProgress {
  update(state: PoolState<Stack>): void;
  end(): void;
}

const LINE_EVERY = 30_000; // ms between two lines where the stream is no terminal
const BAR_EVERY = 500; // ms between two looks at the clock where it is one

/** @param stream where it is shown */
export function stackProgress(stream: NodeJS.WriteStream): StackProgress {
  const bar = progressBar(stream, { every: LINE_EVERY });
  const started = Date.now();
  let state: PoolState<Stack> | undefined;
  const show = (): void => {
    const soFar = duration((Date.now() - started) / 1000);
    if (state) bar.show(shareDone(state), `${describePool(state)} · ${soFar} so far`);
  };
  const timer = stream.isTTY ? setInterval(show, BAR_EVERY) : undefined;
  return {
    update(now) {
      state = now;
      if (!timer) show();
    },
    end() {
      clearInterval(timer);
      if (timer) show();
      bar.end();
    },
  };
}
