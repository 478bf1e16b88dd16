import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { liveLayers, type Network } from '../convnet/network';
import { learningRate, type NetworkTraining } from '../convnet/train-network';
import { type LabelledImages } from '../images/cifar10';
import { type TrainedTruth } from './train-truth';
import { IN_PYTORCH } from './truth-store';

/** Networks to be trained in PyTorch. */
export interface PytorchTraining {
  /** The program of a Python that has PyTorch. */
  python: string;
  recipe: NetworkTraining;
  /** What they are trained on. */
  images: LabelledImages;
  /** What they are tested on; without it their accuracy is NaN. */
  test?: LabelledImages;
  /** Whether a GPU computes in single precision, where half of it would be the default. */
  singlePrecision?: boolean;
  tasks: readonly { network: Network; seed: number }[];
  /** How many of them a GPU trains at a time. */
  atOnce: number;
  /** Called with each result, its task's position, and what computed it, such as `PyTorch 2.11.0; NVIDIA H100; bfloat16`. */
  keep: (result: TrainedTruth, task: number, by: string) => Promise<void>;
  /** Told what a user should know. */
  note?: (sentence: string) => void;
  /** Stops it at once; trainings in work are lost. */
  signal?: AbortSignal;
}

const SCRIPT = path.resolve(__dirname, '../../tools/train_network.py');

/** What the script is told before the images. */
function requestOf({ recipe, images, test, singlePrecision = false, tasks, atOnce }: PytorchTraining): object {
  const { batch, phases, augmentation } = recipe;
  const steps = Math.floor(images.count / batch);
  return {
    batch,
    augmentation,
    phases: phases.map((phase) => {
      const count = phase.epochs * steps;
      const rates = Array.from({ length: count }, (_, step) => learningRate(phase, step, count));
      return { epochs: phase.epochs, rates };
    }),
    images: [images.count, test?.count ?? 0],
    singlePrecision,
    atOnce,
    networks: tasks.map(({ network, seed }) => ({ network: { ...network, layers: liveLayers(network) }, seed })),
  };
}

/** A line of its answer: first what computes, then results and notes. */
type Answer =
  | { pytorch: string; device: string; format: string }
  | { note: string }
  | { network: number; seed: number; accuracy: number | null; losses: number[]; diverged: boolean; seconds: number };

/**
 * Trains and tests networks in one process of PyTorch, on a GPU where there is one.
 *
 * @returns true when all are done, false when the signal stopped it
 * @throws Error that says what is missing or went wrong, or when a result cannot be kept; the process is stopped first
 */
export async function trainInPytorch(training: PytorchTraining): Promise<boolean> {
  const { python, images, test, tasks, keep, note, signal } = training;
  if (signal?.aborted) return false;
  const child = spawn(python, [SCRIPT], { stdio: 'pipe' });
  const stop = (): void => void child.kill();
  signal?.addEventListener('abort', stop);
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killer) => {
      const lines = errors.trim().split('\n');
      const reason =
        // CUDA's errors have advice behind them.
        (lines.filter((line) => /^[\w.]*(Error|Exception)\b/.test(line)).at(-1) ?? lines.at(-1)) ||
        `it ended ${killer ? `by ${killer}` : `with exit code ${code}`}`;
      resolve(code === 0 ? undefined : reason);
    });
  });
  child.stdin.on('error', () => undefined); // it has ended, which says why
  child.stdin.write(`${JSON.stringify(requestOf(training))}\n`);
  for (const part of test ? [images, test] : [images])
    [part.pixels, part.labels].forEach((bytes) => child.stdin.write(bytes));
  child.stdin.end();
  let by = '';
  try {
    let missing = tasks.length;
    for await (const line of createInterface(child.stdout)) {
      const answer = JSON.parse(line) as Answer;
      if ('pytorch' in answer) by = [`${IN_PYTORCH} ${answer.pytorch}`, answer.device, answer.format].join('; ');
      else if ('note' in answer) note?.(answer.note);
      else {
        const { network, seed, accuracy, ...rest } = answer;
        if (tasks[network]?.seed !== seed) throw new Error(`${python} answers for a network that it was not asked for`);
        await keep({ ...rest, accuracy: accuracy ?? NaN }, network, by);
        missing--;
      }
    }
    const reason = (await ended) ?? (missing > 0 ? `it ended with ${missing} networks missing` : undefined);
    if (signal?.aborted) return false;
    if (reason === undefined) return true;
    const advice = by === '' ? '; name a Python that has PyTorch' : '';
    throw new Error(`${python} cannot train networks in PyTorch: ${reason}${advice}`);
  } finally {
    signal?.removeEventListener('abort', stop);
    child.kill();
  }
}
