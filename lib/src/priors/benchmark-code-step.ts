import { type Cell } from '../benchmarks/nas-bench-201/cell';
import { Random } from '../tensors/random';
import { BatchSource } from '../convnet/augmentation';
import { CELL_NETWORKS, cellNetwork } from '../benchmarks/nas-bench-201/cell-network';
import { IMAGE_BYTES } from '../images/cifar10';
import { initialParameters, initialStatistics } from '../convnet/engine';
import { CODE_RECIPES, type CodeRecipe } from './estimation-code';
import { nativeEngine } from '../convnet/native-engine';
import { median, timeInTurns, type TimedStep } from '../convnet/time-steps';
import { cpuSeconds } from '../convnet/train-network';

/** How long a training step of an estimation code takes. */
export interface CodeStepTime {
  recipe: string;
  cell: string;
  /** Median processor time of the steps measured, of batch and training step together, ms. */
  milliseconds: number;
  /** What a code takes at this speed, seconds. */
  secondsPerCode: number;
  /** PyTorch's median for the training step alone, without batch and augmentation, ms; where that was asked for. */
  pytorchMilliseconds?: number;
}

const [C3, C1, SKIP, POOL] = ['nor_conv_3x3', 'nor_conv_1x1', 'skip_connect', 'avg_pool_3x3'] as const;
const CELLS: Record<string, Cell> = {
  'six 3x3 convolutions': [C3, C3, C3, C3, C3, C3],
  'two 3x3, one 1x1': [POOL, C1, SKIP, C3, C3, SKIP],
};
const STEPS = { warmUp: 2, measured: 9 };

interface CodeStep extends TimedStep {
  recipe: CodeRecipe;
  cell: string;
}

/**
 * Times training steps of the recipes' networks on synthetic images with the native engine, for the costliest cell and for
 * one of middling cost, and in PyTorch in turns. Takes about half a minute, most of it for the authors' network.
 *
 * @param python a Python that has PyTorch; leave it out to time the native engine alone
 */
export function benchmarkCodeStep(python?: string): CodeStepTime[] {
  const steps = (['official', 'reduced'] as const).flatMap((name) =>
    Object.entries(CELLS).map(([cell, operations]) => {
      const recipe = CODE_RECIPES[name];
      return { recipe, cell, network: cellNetwork(operations, CELL_NETWORKS[name]), batch: recipe.batch };
    }),
  );
  const { own, pytorch } = timeInTurns(steps, () => steps.map(timeCodeStep), python);
  return steps.map(({ recipe, cell }, i) => {
    const epochs = recipe.phases.reduce((sum, phase) => sum + phase.epochs, 0);
    const stepsOfCode = epochs * Math.floor((10 * recipe.imagesPerClass) / recipe.batch);
    const milliseconds = own[i]!;
    const secondsPerCode = (milliseconds * stepsOfCode) / 1000;
    return { recipe: recipe.name, cell, milliseconds, secondsPerCode, pytorchMilliseconds: pytorch?.[i] };
  });
}

function timeCodeStep({ recipe, network, batch }: CodeStep): number {
  const count = 100;
  const pixels = Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => (i * 37) % 256);
  const images = { count, pixels, labels: Uint8Array.from({ length: count }, (_, i) => i % 10) };
  const parameters = initialParameters(network, new Random(0, 'benchmark'));
  const engine = nativeEngine(network, batch, parameters, initialStatistics(network));
  const random = new Random(0, 'batch');
  const source = new BatchSource(images, batch, network.classes, recipe.augmentation, random, engine.addImage);
  const times = Array.from({ length: STEPS.warmUp + STEPS.measured }, () => {
    const began = cpuSeconds();
    source.draw();
    engine.step(source.images, source.targets, recipe.phases[0]!.rate);
    return 1000 * (cpuSeconds() - began);
  });
  engine.dispose();
  return median(times.slice(STEPS.warmUp));
}
