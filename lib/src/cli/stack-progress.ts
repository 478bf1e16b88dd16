import { Presets, SingleBar } from 'cli-progress';
import { describePool, duration, shareDone } from './pool-progress';
import type { Stack } from '../experiments/stack-plan';
import type { PoolState } from '../processes/worker-pool';

/** Shows on stderr how far a computation is: a bar on a terminal, else a line now and then. */
export interface StackProgress {
  update(state: PoolState<Stack>): void;
  end(): void;
}

const LINE_EVERY = 30_000; // ms, where the stream is no terminal
const BAR_EVERY = 500; // ms

/** @param stream where it is shown */
export function stackProgress(stream: NodeJS.WriteStream): StackProgress {
  const started = Date.now();
  let state: PoolState<Stack> = { done: [], active: [], waiting: [], busy: 0 };
  const elapsed = (): string => duration((Date.now() - started) / 1000);

  if (!stream.isTTY) {
    let last = started;
    return {
      update(now) {
        if (Date.now() - last < LINE_EVERY) return;
        last = Date.now();
        stream.write(`${describePool(now)} · ${elapsed()} so far\n`);
      },
      end: () => undefined,
    };
  }

  const bar = new SingleBar(
    { format: '{bar} {facts} · {elapsed} so far', barsize: 20, hideCursor: true, stream },
    Presets.shades_classic,
  );
  const facts = () => ({ facts: describePool(state), elapsed: elapsed() });
  bar.start(1, 0, facts());
  const timer = setInterval(() => bar.update(shareDone(state), facts()), BAR_EVERY);
  return {
    update(now) {
      state = now;
    },
    end() {
      clearInterval(timer);
      bar.update(shareDone(state), facts());
      bar.stop();
    },
  };
}
