import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Random } from '../tensors/random';
import { initialParameters, initialStatistics } from './engine';
import { nativeEngine } from './native-engine';
import { type Network } from './network';
import { cpuSeconds } from './train-network';

/** A training step to be timed. */
export interface TimedStep {
  network: Network;
  /** Images. */
  batch: number;
}

const STEPS = { warmUp: 2, measured: 7 }; // as in time_network.py
const ROUNDS = 3;
const SCRIPT = path.resolve(__dirname, '../../tools/time_network.py');

/** The middle one, or the upper one of two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Median processor time of each training step with the native engine, ms, on random images. */
export function timeSteps(steps: readonly TimedStep[]): number[] {
  return steps.map(({ network, batch }) => {
    const random = new Random(0, 'timed steps');
    const engine = nativeEngine(network, batch, initialParameters(network, random), initialStatistics(network));
    const images = Float32Array.from({ length: batch * 3 * network.maps[0]!.size ** 2 }, () => random.uniform());
    const targets = new Float32Array(batch * network.classes).fill(1 / network.classes);
    const times = Array.from({ length: STEPS.warmUp + STEPS.measured }, () => {
      const began = cpuSeconds();
      engine.step(images, targets, 1e-3);
      return 1000 * (cpuSeconds() - began);
    });
    engine.dispose();
    return median(times.slice(STEPS.warmUp));
  });
}

/**
 * The same in PyTorch on one thread, with the better of its two memory layouts, of networks whose sums have terms.
 *
 * @param python the program of a Python that has PyTorch
 * @throws Error that says what the program said when it fails, or that it trains another network
 */
export function timeStepsInPytorch(steps: readonly TimedStep[], python: string): number[] {
  const input = JSON.stringify(steps.map(({ network, batch }) => ({ network, batch })));
  const options = { input, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const { status, stdout, stderr, error } = spawnSync(python, [SCRIPT], options);
  if (error ?? status !== 0) {
    const reason = error?.message ?? stderr.trim().split('\n').at(-1);
    throw new Error(`${python} cannot time networks in PyTorch: ${reason}; name a Python that has PyTorch`);
  }
  const times = JSON.parse(stdout) as { parameters: number; milliseconds: number }[];
  return times.map(({ parameters, milliseconds }, i) => {
    const expected = steps[i]!.network.parameterCount;
    if (parameters === expected) return milliseconds;
    throw new Error(`${SCRIPT} trains ${parameters} parameters, not ${expected}: it is not the same network`);
  });
}

/**
 * Medians of what the native engine and PyTorch take, in turns, because a machine that others use is not equally fast all
 * the time; without PyTorch, what the engine takes once.
 *
 * @param timeOwn times all steps with the native engine
 * @param python as `timeStepsInPytorch` has it; undefined to leave PyTorch out
 */
export function timeInTurns(
  steps: readonly TimedStep[],
  timeOwn: () => number[],
  python: string | undefined,
): { own: number[]; pytorch?: number[] } {
  if (python === undefined) return { own: timeOwn() };
  const rounds = Array.from({ length: ROUNDS }, () => [timeOwn(), timeStepsInPytorch(steps, python)] as const);
  const medians = (side: 0 | 1): number[] => steps.map((_, i) => median(rounds.map((round) => round[side][i]!)));
  return { own: medians(0), pytorch: medians(1) };
}
