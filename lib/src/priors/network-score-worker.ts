/** A process that scores networks for `measureNetworkScores`: one thread, one network at a time. */
import { loadProbe } from '../convnet/create-probe';
import { torchParameters } from '../convnet/torch-initialisation';
import { cpuSeconds } from '../convnet/train-network';
import { Random } from '../tensors/random';
import { serveCells } from './cell-worker';
import { type NetworkScoreResult } from './measure-network-scores';
import { SCORE_BATCH, type ScoreBatch } from './score-batch';
import { zeroCostScores } from './zero-cost-scores';

serveCells<ScoreBatch, NetworkScoreResult>(async ({ images, targets }) => {
  const createProbe = await loadProbe();
  return ({ networks: [network], seed }) => {
    const began = cpuSeconds();
    const parameters = torchParameters(network!, new Random(seed, 'network weights'));
    const probe = createProbe(network!, SCORE_BATCH, parameters);
    const scores = zeroCostScores(probe, images, targets);
    probe.dispose();
    return { scores, seconds: cpuSeconds() - began };
  };
});
