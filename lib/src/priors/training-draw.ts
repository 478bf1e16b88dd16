/** What all trainings of a file share, besides the recipe. */
export interface TrainingDraw {
  /** The run's seed. */
  seed: number;
  /** Whether they are PyTorch's. */
  pytorch?: boolean;
}

/** What the provenance of a training in PyTorch says: its numbers are others, so it shares no file with our engines'. */
export const IN_PYTORCH = 'PyTorch';

/** A draw as messages name it, and as the rows of a file are compared by. */
export function drawName({ seed, pytorch = false }: TrainingDraw): number | string {
  return pytorch ? `${seed} in ${IN_PYTORCH}` : seed;
}

/** What a store of trainings is told of the draw that its rows share (see `RecordKind`). */
export const SHARED_DRAW = {
  name: 'seed',
  of: ({ seed, provenance }: { seed: number; provenance: string }) =>
    drawName({ seed, pytorch: provenance.includes(IN_PYTORCH) }),
  options: '--seed, --pytorch',
};
