/** PyTorch's time for the same training step, where it is installed. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { predictorPresets } from '../predictors/predictor-options';
import { ONE_THREAD } from '../processes/one-thread';

/** What lib/tools/pytorch_step.py reports. */
export interface PytorchStep {
  /** PyTorch's version. */
  version: string;
  /** Trainable parameters of its predictor. */
  parameters: number;
  /** Milliseconds of a step, the fastest third of the steps measured. */
  milliseconds: number;
}

// Of NAS-Bench-201's graphs, which the script has too.
const NODES = 10;
const FEATURES = 9;

const SCRIPT = path.resolve(__dirname, '../../tools/pytorch_step.py');

/**
 * Times a step of the siamese predictor with NSAM in PyTorch, batch 8, one thread, one repeat.
 *
 * @param python the Python that has PyTorch
 * @throws Error that says what is missing, or that the script trains another predictor than this package
 */
export async function pytorchStep(python: string): Promise<PytorchStep> {
  const { status, stdout, stderr, error } = spawnSync(python, [SCRIPT], {
    env: { ...process.env, ...ONE_THREAD },
    encoding: 'utf8',
  });
  if (status === 0) {
    const step = JSON.parse(stdout) as PytorchStep;
    const { buildNetwork, countParameters } = await import('../predictors/network');
    const expected = countParameters(buildNetwork(predictorPresets.official, NODES, FEATURES));
    if (step.parameters === expected) return step;
    throw new Error(`${SCRIPT} trains ${step.parameters} parameters, not ${expected}: it is not the same predictor`);
  }
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  throw new Error(
    `${python} cannot time PyTorch (${reason}); name a Python that has it: --against-pytorch /usr/bin/python3, for example`,
  );
}
