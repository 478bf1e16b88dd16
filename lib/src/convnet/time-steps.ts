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
const SCRIPT = path.resolve(__dirname, '../../tools/time_network.py');

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
    const measured = times.slice(STEPS.warmUp).sort((a, b) => a - b);
    return measured[Math.floor(measured.length / 2)]!;
  });
}

/**
 * The same in PyTorch on one thread, of networks without ReLUs and 3×3 pools.
 *
 * @param python the program of a Python that has PyTorch
 * @throws Error that says what the program said, when it fails
 */
export function timeStepsInPytorch(steps: readonly TimedStep[], python: string): number[] {
  const options = { input: JSON.stringify(steps), encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const { status, stdout, stderr, error } = spawnSync(python, [SCRIPT], options);
  if (error ?? status !== 0) {
    const reason = error?.message ?? stderr.trim().split('\n').at(-1);
    throw new Error(`${python} cannot time networks in PyTorch: ${reason}; name a Python that has PyTorch`);
  }
  return JSON.parse(stdout) as number[];
}
