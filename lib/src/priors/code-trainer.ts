import { type CellSpace } from '../benchmarks/nas-bench-201/cell-space';
import { equalNetworks } from '../benchmarks/unique-cells';
import { type CodeSource } from '../tables/code-source';
import { type LabelledImages } from '../images/cifar10';
import { type CodeStore } from './code-store';
import { cellSeed, codeEntries, trainEstimationCode, type CodeRecipe } from './estimation-code';
import { measuredBy } from './measured-by';

/** What a trainer of codes works with. */
export interface CodeTrainerSettings {
  space: CellSpace;
  recipe: CodeRecipe;
  /** What `recipeImages` gives. */
  images: LabelledImages;
  /** Where codes are looked up before they are measured, and kept. */
  store: CodeStore;
  /** The run's seed. */
  seed: number;
}

/** A code source that measures what its store lacks, when it is asked for it. */
export class CodeTrainer implements CodeSource {
  readonly name: string;
  readonly recipe: string;
  readonly entries: number;
  readonly trainingsPerCode: number;
  /** Codes that this trainer has measured. */
  measured = 0;
  private kept: Promise<void> = Promise.resolve();
  private readonly codes: Map<number, readonly number[]>;

  constructor(private readonly settings: CodeTrainerSettings) {
    const { recipe, store, seed } = settings;
    this.entries = codeEntries(recipe);
    this.name = `trainer:${recipe.name}`;
    this.recipe = `training losses of ${this.entries} epochs by the recipe ${recipe.name}, measured on demand`;
    // Protocol §6.1: an epoch of 5,000 images is a thousandth of a full training of 100 epochs of 50,000.
    this.trainingsPerCode = (this.entries * 10 * recipe.imagesPerClass) / (100 * 50_000);
    const other = [...store.records.values()].find((code) => code.seed !== seed);
    if (other) {
      throw new Error(
        `${store.file} has codes of seed ${other.seed}, and this trainer has seed ${seed}: use another file`,
      );
    }
    this.codes = new Map([...store.records].map(([id, { losses }]) => [id, losses]));
  }

  /**
   * The codes of cells by position, `[positions.length · entries]`; equal networks share one. Takes seconds to minutes for
   * each that is missing. Throws an Error when a training diverges; `flush` says whether all of them were stored.
   */
  read(positions: ArrayLike<number>): Float32Array {
    const { space } = this.settings;
    const { representativeOf } = equalNetworks(space);
    const result = new Float32Array(positions.length * this.entries);
    Array.from(positions).forEach((position, i) => {
      const own = this.codes.get(space.ids[position]!);
      result.set(own ?? this.codeOf(representativeOf[position]!), i * this.entries);
    });
    return result;
  }

  /** Resolves when everything measured so far is on disk. Rejects when something could not be written. */
  flush(): Promise<void> {
    return this.kept;
  }

  private codeOf(position: number): readonly number[] {
    const { space, recipe, images, store, seed } = this.settings;
    const id = space.ids[position]!;
    const known = this.codes.get(id);
    if (known) return known;
    const code = trainEstimationCode(space.operations[position]!, recipe, images, cellSeed(seed, id));
    if (code.diverged) throw new Error(`the training of id ${id}, ${space.cells[position]!}, diverged: it has no code`);
    this.measured++;
    this.codes.set(id, code.losses);
    const { losses, seconds } = code;
    const provenance = measuredBy();
    const row = { id, architecture: space.cells[position]!, losses, seconds, seed, provenance };
    this.kept = this.kept.then(() => store.add(row));
    this.kept.catch(() => undefined); // reported by flush
    return losses;
  }
}
