import { Random } from '../tensors/random';
import { BatchSource, shrinkImages, type Augmentation } from './augmentation';
import { type CreateEngine } from './create-engine';
import { IMAGE_BYTES, type LabelledImages } from '../images/cifar10';
import { initialParameters, initialStatistics, type Engine } from './engine';
import { nativeEngine } from './native-engine';
import { type Network } from './network';

/** A part of a training with an Adam of its own. */
export interface NetworkPhase {
  epochs: number;
  /** The learning rate; the highest one where it changes. */
  rate: number;
  /** Share of the phase's steps over which the rate rises from 0 to its highest in a line; 0 when left out. */
  warmUp?: number;
  /** How the rate falls after that: not at all when left out, or to 0 along half a cosine (Loshchilov & Hutter 2017). */
  decay?: 'cosine';
}

/** How a network is trained. */
export interface NetworkTraining {
  /** Images a step, drawn with replacement. */
  batch: number;
  /** One after the other. */
  phases: readonly NetworkPhase[];
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

/** The learning rate of a step, counted from 0, of a phase of `steps` steps. */
export function learningRate({ rate, warmUp = 0, decay }: NetworkPhase, step: number, steps: number): number {
  const rising = Math.round(warmUp * steps);
  if (step < rising) return (rate * (step + 1)) / (rising + 1);
  return decay === 'cosine' ? (rate / 2) * (1 + Math.cos((Math.PI * (step - rising)) / (steps - rising))) : rate;
}

/**
 * Trains a network from scratch on images, shrunk to its size. Equal seeds give equal results with the same engine.
 *
 * @throws RangeError when the network's size does not divide the images', when there are fewer images than a batch has, or
 *   when a label is none of the network's classes
 */
export function trainNetwork(
  network: Network,
  images: LabelledImages,
  { batch, phases, augmentation }: NetworkTraining,
  seed: number,
  createEngine: CreateEngine = nativeEngine,
): NetworkTrained {
  if (images.count < batch) throw new RangeError(`${images.count} images are less than a batch of ${batch}`);
  const parameters = initialParameters(network, new Random(seed, 'network weights'));
  const engine = createEngine(network, batch, parameters, initialStatistics(network));
  const batches = new Random(seed, 'training batches');
  const source = new BatchSource(
    images,
    batch,
    network.classes,
    augmentation,
    batches,
    engine.addImage,
    network.maps[0]!.size,
  );
  const steps = Math.floor(images.count / batch);
  const losses: number[] = [];
  const began = cpuSeconds();
  const finish = (diverged: boolean): NetworkTrained => {
    return { losses, diverged, seconds: cpuSeconds() - began, engine };
  };
  for (const phase of phases) {
    engine.restart();
    for (let epoch = 0; epoch < phase.epochs; epoch++) {
      let sum = 0;
      for (let step = 0; step < steps; step++) {
        source.draw();
        const rate = learningRate(phase, epoch * steps + step, phase.epochs * steps);
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

/** Percent of the images, shrunk to the network's size, that the network classifies right. */
export function accuracyOf(engine: Engine, images: LabelledImages): number {
  const { batch, network } = engine;
  const { size } = network.maps[0]!;
  const full = new Float32Array(batch * IMAGE_BYTES);
  const values = size === 32 ? full : new Float32Array(batch * size * size * 3);
  let right = 0;
  for (let from = 0; from < images.count; from += batch) {
    // The last batch is filled up with what the one before left.
    const pixels = images.pixels.subarray(from * IMAGE_BYTES, (from + batch) * IMAGE_BYTES);
    for (let i = 0; i < pixels.length; i++) full[i] = pixels[i]! / 255;
    if (values !== full) shrinkImages(full, size, values);
    const logits = engine.predict(values);
    for (let b = 0; b < batch && from + b < images.count; b++) {
      const scores = logits.subarray(b * network.classes, (b + 1) * network.classes);
      if (scores.indexOf(Math.max(...scores)) === images.labels[from + b]) right++;
    }
  }
  return (100 * right) / images.count;
}
