import { Random } from '../tensors/random';
import { BatchSource, type Augmentation } from './augmentation';
import { type CreateEngine } from './create-engine';
import { IMAGE_BYTES, type LabelledImages } from '../images/cifar10';
import { initialParameters, initialStatistics, type Engine } from './engine';
import { nativeEngine } from './native-engine';
import { type Network } from './network';

/** How a network is trained. */
export interface NetworkTraining {
  /** Images a step, drawn with replacement. */
  batch: number;
  /** One after the other, each with an Adam of its own and a constant learning rate. */
  phases: readonly { epochs: number; rate: number }[];
  augmentation: Augmentation;
}

/** A training as it went. */
export interface NetworkTrained {
  /** Mean training loss of each epoch; an epoch has ⌊images / batch⌋ steps. Ends early where the loss was no number. */
  losses: number[];
  diverged: boolean;
  /** Seconds of processor time, of all threads. */
  seconds: number;
  /** The trained network; `dispose` it. */
  engine: Engine;
}

/** Trains a network from scratch on images of its size. Equal seeds give equal results with the same engine. */
export function trainNetwork(
  network: Network,
  images: LabelledImages,
  { batch, phases, augmentation }: NetworkTraining,
  seed: number,
  createEngine: CreateEngine = nativeEngine,
): NetworkTrained {
  const parameters = initialParameters(network, new Random(seed, 'network weights'));
  const engine = createEngine(network, batch, parameters, initialStatistics(network));
  const batches = new Random(seed, 'training batches');
  const source = new BatchSource(images, batch, network.classes, augmentation, batches, engine.addImage);
  const steps = Math.floor(images.count / batch);
  const losses: number[] = [];
  const began = cpuSeconds();
  const finish = (diverged: boolean): NetworkTrained => {
    return { losses, diverged, seconds: cpuSeconds() - began, engine };
  };
  for (const { epochs, rate } of phases) {
    engine.restart();
    for (let epoch = 0; epoch < epochs; epoch++) {
      let sum = 0;
      for (let step = 0; step < steps; step++) {
        source.draw();
        sum += engine.step(source.images, source.targets, rate);
        if (!Number.isFinite(sum)) return finish(true);
      }
      losses.push(sum / steps);
    }
  }
  return finish(false);
}

/** Processor time that this process has used, seconds: what a training costs, whatever else the machine does meanwhile. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Percent of the images that the network classifies right. */
export function accuracyOf(engine: Engine, images: LabelledImages): number {
  const { batch, network } = engine;
  const values = new Float32Array(batch * IMAGE_BYTES);
  let right = 0;
  for (let from = 0; from < images.count; from += batch) {
    // The last batch is filled up with what the one before left.
    const pixels = images.pixels.subarray(from * IMAGE_BYTES, (from + batch) * IMAGE_BYTES);
    pixels.forEach((value, i) => (values[i] = value / 255));
    const logits = engine.predict(values);
    for (let b = 0; b < batch && from + b < images.count; b++) {
      const scores = logits.subarray(b * network.classes, (b + 1) * network.classes);
      if (scores.indexOf(Math.max(...scores)) === images.labels[from + b]) right++;
    }
  }
  return (100 * right) / images.count;
}
