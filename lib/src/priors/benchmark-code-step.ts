import { type Cell } from '../benchmarks/nas-bench-201/cell';
import { Random } from '../tensors/random';
import { BatchSource } from '../convnet/augmentation';
import { cellNetwork } from '../benchmarks/nas-bench-201/cell-network';
import { IMAGE_BYTES } from '../images/cifar10';
import { type CreateEngine } from '../convnet/create-engine';
import { initialParameters, initialStatistics } from '../convnet/engine';
import { CODE_RECIPES, type CodeRecipe } from './estimation-code';
import { nativeEngine } from '../convnet/native-engine';
import { cpuSeconds } from '../convnet/train-network';

/** How long a training step of an estimation code takes. */
export interface CodeStepTime {
  recipe: string;
  cell: string;
  /** Median processor time of the steps measured, of batch and training step together, ms. */
  milliseconds: number;
  /** What a code takes at this speed, seconds. */
  secondsPerCode: number;
}

const [C3, C1, SKIP, POOL] = ['nor_conv_3x3', 'nor_conv_1x1', 'skip_connect', 'avg_pool_3x3'] as const;
const CELLS: Record<string, Cell> = {
  'six 3x3 convolutions': [C3, C3, C3, C3, C3, C3],
  'two 3x3, one 1x1': [POOL, C1, SKIP, C3, C3, SKIP],
};
const STEPS = { warmUp: 2, measured: 9 };

/**
 * Times training steps of the recipes' networks on synthetic images, for the costliest cell and for one of middling cost.
 * Takes about half a minute, most of it for the authors' network.
 *
 * @param recipes by default all
 * @param createEngine by default the native engine; see `loadEngine`
 */
export function benchmarkCodeStep(
  recipes: readonly CodeRecipe[] = Object.values(CODE_RECIPES),
  createEngine: CreateEngine = nativeEngine,
): CodeStepTime[] {
  const count = 100;
  const pixels = Uint8Array.from({ length: count * IMAGE_BYTES }, (_, i) => (i * 37) % 256);
  const images = { count, pixels, labels: Uint8Array.from({ length: count }, (_, i) => i % 10) };
  return recipes.flatMap((recipe) =>
    Object.entries(CELLS).map(([name, cell]) => {
      const network = cellNetwork(cell, recipe.network);
      const parameters = initialParameters(network, new Random(0, 'benchmark'));
      const engine = createEngine(network, recipe.batch, parameters, initialStatistics(network));
      const source = new BatchSource(
        images,
        recipe.batch,
        network.classes,
        recipe.augmentation,
        new Random(0, 'batch'),
        engine.addImage,
      );
      const times = Array.from({ length: STEPS.warmUp + STEPS.measured }, () => {
        const began = cpuSeconds();
        source.draw();
        engine.step(source.images, source.targets, recipe.phases[0]!.rate);
        return 1000 * (cpuSeconds() - began);
      });
      engine.dispose();
      const measured = times.slice(STEPS.warmUp).sort((a, b) => a - b);
      const milliseconds = measured[Math.floor(measured.length / 2)]!;
      const epochs = recipe.phases.reduce((sum, phase) => sum + phase.epochs, 0);
      const steps = epochs * Math.floor((10 * recipe.imagesPerClass) / recipe.batch);
      return { recipe: recipe.name, cell: name, milliseconds, secondsPerCode: (milliseconds * steps) / 1000 };
    }),
  );
}
