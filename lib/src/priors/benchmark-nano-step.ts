import { parseNanoCell } from '../benchmarks/tiny-nano-bench/cell-string';
import { NANO_NETWORKS, nanoNetwork } from '../benchmarks/tiny-nano-bench/nano-network';
import { countMacs } from '../convnet/network';
import { timeInTurns, timeSteps } from '../convnet/time-steps';
import { type NetworkStepTime } from './benchmark-network-step';

/** How long a training step of a Tiny-NanoBench network takes on one thread. */
export interface NanoStepTime extends NetworkStepTime {
  /** The same in PyTorch, where that was asked for. */
  pytorchMilliseconds?: number;
}

/** Cheap, middling and near the limit of 35 MFLOPs. */
const CELLS = [
  'input|dwconv3x3~0|atten~1|output~2',
  'input|split~0|dwconv3x3~1|conv1x1~1|atten~2~3|output~4',
  'input|conv1x1~0|split~1|dwconv3x3~2|atten~2|output~3~4',
];
const BATCHES = [16, 128];

/**
 * Times training steps of the full networks of three cells with the native engine, and in PyTorch in turns.
 *
 * @param python a Python that has PyTorch; leave it out to time the native engine alone, which takes half a minute
 */
export function benchmarkNanoStep(python?: string): NanoStepTime[] {
  const steps = CELLS.flatMap((cell) =>
    BATCHES.map((batch) => ({ cell, batch, network: nanoNetwork(parseNanoCell(cell), NANO_NETWORKS.paper) })),
  );
  const { own, pytorch } = timeInTurns(steps, () => timeSteps(steps), python);
  return steps.map(({ cell, batch, network }, i) => ({
    cell,
    batch,
    mflops: countMacs(network, false) / 1e6,
    milliseconds: own[i]!,
    pytorchMilliseconds: pytorch?.[i],
  }));
}
