/**
 * How many cells are sampled when (protocol §3.4, §3.6, §4.2). A budget N counts true trainings; a predictor whose
 * checkpoint is chosen by three look-ups of true accuracies (§3.5) is trained on m = N − 3 of them.
 */
import type { TrainingSettings } from '../predictors/training-settings';

/** Share of the samples that is drawn uniformly before top sampling begins, λ of protocol §4.2. */
const INITIAL_TENTHS = 3;

/** Number of updates, f of protocol §4.2. */
const TOP_SAMPLING_UPDATES = 10;

/** Below it the first draw would be too small to train on (protocol §3.6). */
export const SMALLEST_BUDGET = 10;

/** A budget cut into draws. */
export interface SamplingSchedule {
  /** Cells that the predictor is trained on in the end, m. */
  samples: number;
  /** Cells drawn uniformly before training, ⌊0.3·m⌋. */
  initial: number;
  /** New cells of each of the ten updates; the last takes the remainder. */
  updates: number[];
}

/**
 * The schedule of Batch Top Sampling for a budget (protocol §3.6).
 *
 * @param budget N, true trainings in all
 * @param heldBack how many of them are spent on choosing the checkpoint: 3 in the preset `official`, 0 in `paper`
 * @throws RangeError for a budget that is no integer or below 10
 */
export function samplingSchedule(budget: number, heldBack: number): SamplingSchedule {
  if (!Number.isInteger(budget) || budget < SMALLEST_BUDGET)
    throw new RangeError(
      `a budget of ${budget} trained cells is too small: give an integer of at least ${SMALLEST_BUDGET}`,
    );
  const samples = budget - heldBack;
  const initial = Math.floor((INITIAL_TENTHS * samples) / 10);
  const rest = samples - initial;
  const each = Math.floor(rest / TOP_SAMPLING_UPDATES);
  const updates = Array.from({ length: TOP_SAMPLING_UPDATES }, () => each);
  updates[TOP_SAMPLING_UPDATES - 1] = rest - each * (TOP_SAMPLING_UPDATES - 1);
  return { samples, initial, updates };
}

/** When updates happen: as the authors' code does it, or as the paper's Algorithm 2 is read here (protocol §4.2). */
export type UpdateTiming = 'official' | 'paper';

/** Share of the epochs at either end without updates in the paper's Algorithm 2, α of protocol §4.2. */
const QUIET_SHARE = 0.2;

/**
 * The epochs after which an update happens, counted from 1 over the whole training.
 *
 * @param timing `official`: every ⌊length/11⌋ epochs of the sampling phase; `paper`: ten equal steps through the middle
 *   60 % of all epochs but those of the checkpoint phase
 * @param training its phases, and the 1-based sampling phase
 * @returns ten epochs, rising
 * @throws RangeError when the training is too short for ten updates
 */
export function updateEpochs(
  timing: UpdateTiming,
  training: Pick<TrainingSettings, 'phases' | 'samplingPhase'>,
): number[] {
  const epochs = training.phases.map((phase) => phase.epochs);
  const before = (phase: number): number => epochs.slice(0, phase).reduce((sum, count) => sum + count, 0);
  const total = before(epochs.length);
  const official = timing === 'official';
  const start = official ? before(training.samplingPhase - 1) : Math.round(QUIET_SHARE * total);
  const length = official ? (epochs[training.samplingPhase - 1] ?? 0) : total - 2 * start;
  const step = Math.floor(length / (official ? TOP_SAMPLING_UPDATES + 1 : TOP_SAMPLING_UPDATES));
  if (step < 1)
    throw new RangeError(
      `no room for ${TOP_SAMPLING_UPDATES} sampling updates in ${length} epochs (phases of ${epochs.join(', ')}): train longer`,
    );
  return Array.from({ length: TOP_SAMPLING_UPDATES }, (_, i) => start + step * (i + 1));
}
