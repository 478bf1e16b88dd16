import assert from 'node:assert/strict';
import { cellSeed, CODE_RECIPES, recipeImages, trainEstimationCode } from '../lib/src/priors/estimation-code';
import { plainEngine } from '../lib/src/convnet/plain-engine';
import { initialStatistics } from '../lib/src/convnet/engine';
import { useBackend } from '../lib/src/tensors/backend';
import { ownBackend } from './backends';
import { syntheticImages, tinyNetwork, tinyRecipe } from './tiny-codes';

const network = tinyNetwork(0);

describe('estimation code', () => {
  it('is the mean loss of three epochs of the paper’s recipe', () => {
    const { official, reduced } = CODE_RECIPES;
    assert.deepEqual(
      [official.batch, official.phases, official.imagesPerClass],
      [16, [{ epochs: 3, rate: 1e-3 }], 500],
    );
    assert.deepEqual({ ...reduced, name: '' }, { ...official, name: '' });
    const { losses, diverged } = trainEstimationCode(network, tinyRecipe, syntheticImages(40), 1);
    assert.equal(losses.length, 3);
    assert.equal(diverged, false);
    // A fresh network guesses; ln 10 is the loss of a uniform guess.
    assert.ok(Math.abs(losses[0]! - Math.log(10)) < 1, `${losses[0]}`);
  });

  it('depends on the seed and on nothing else', () => {
    const images = syntheticImages(40);
    const code = (seed: number) => trainEstimationCode(network, tinyRecipe, images, seed).losses;
    assert.deepEqual(code(1), code(1));
    assert.notDeepEqual(code(1), code(2));
    assert.equal(cellSeed(0, 5), cellSeed(0, 5));
    assert.notEqual(cellSeed(0, 5), cellSeed(0, 6));
    assert.notEqual(cellSeed(0, 5), cellSeed(1, 5));
  });

  it('takes the same images of CIFAR-10 for every recipe', () => {
    const images = syntheticImages(200);
    const [a, b] = [recipeImages(tinyRecipe, images), recipeImages({ ...tinyRecipe, name: 'other' }, images)];
    assert.deepEqual(a, b);
    assert.equal(a.count, 40);
  });

  it('ends early and says so when the loss is no number', () => {
    const recipe = { ...tinyRecipe, phases: [{ epochs: 3, rate: Infinity }] };
    const { losses, diverged } = trainEstimationCode(network, recipe, syntheticImages(40), 1);
    assert.equal(diverged, true);
    assert.ok(losses.length < 3 && losses.every(Number.isFinite));
  });

  it('refuses fewer images than a batch, and labels that are no classes', () => {
    const few = syntheticImages(tinyRecipe.batch - 1);
    assert.throws(() => trainEstimationCode(network, tinyRecipe, few, 1), /less than a batch/);
    const images = syntheticImages(40);
    images.labels[3] = network.classes;
    assert.throws(() => trainEstimationCode(network, tinyRecipe, images, 1), /found label 10, expected one below 10/);
  });

  it('refuses to train on WebAssembly without the native engine', async () => {
    await useBackend('wasm');
    const make = () => plainEngine(network, 2, new Float32Array(network.parameterCount), initialStatistics(network));
    assert.throws(make, /WebAssembly has no gradient of convolution weights.*npm run setup/);
    await ownBackend();
  });
});
