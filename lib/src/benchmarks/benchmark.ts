/** What a benchmark is to everything that works on one: an object; see `registry.ts` for how it gets its name. */
import type { Network } from '../convnet/network';
import type { SearchSpace } from './search-space';

/** A data set on which the cells of a benchmark were trained. */
export interface DataSet {
  /** For people, such as `CIFAR-10`. */
  title: string;
  /** Side of its images in pixels, and number of classes, for costs and networks. */
  imageSize: number;
  classes: number;
}

/**
 * Which column of the benchmark's table trains a predictor and which one judges a search (protocol §0.1). The paper uses
 * one column for both; most of the field trains on validation and judges on test.
 */
export interface LabelPolicy {
  /** For people, such as `mean of trials`. */
  title: string;
  /** The column that a training of a cell reveals to a method. Percent. */
  label: (dataset: string) => string;
  /** The column that judges what a method found. Percent. */
  score: (dataset: string) => string;
  /** The data sets that have both columns; all of the benchmark's when left out. */
  datasets?: readonly string[];
  /** A CSV file in the place of the benchmark's `accuracies`, absolute. */
  file?: string;
  /**
   * For a table that a command of this project measures, one cell of each network: that command. Equal networks share a
   * row then. Absent where the table has a row for every cell.
   */
  measuredBy?: string;
}

/** A table of prior knowledge that comes with a benchmark, by the name that users type (see `loadCodes`). */
export interface CodeTableSource {
  /** One line for help texts: what is in it. */
  about: string;
  /** The file, absolute. */
  file: string;
  /** The columns that a code may have as its entries. */
  columns: readonly string[];
  /** How many of them, from the first, a code has unless its name says more (`NAME:12`); all when left out. */
  entries?: number;
  /** How it was measured: recipe, network, origin; told how many entries a code has. */
  recipe: (entries: number) => string;
  /** Cost of one entry in full trainings: 0.001 for an epoch of an Estimation Code (protocol §6.1), 0 for a score. */
  trainingsPerEntry: number;
  /** Whether numbers below 0 are allowed: not in training losses. */
  signed: boolean;
  /** Whether cells without a code, nor an equal network with one, get the mean over cells with the same operations. */
  impute?: boolean;
  /** The command that measures the table; absent where it comes from elsewhere. */
  measuredBy?: string;
  /** What a predictor is fed, made from the entries; by default the entries themselves. */
  transform?: (entries: readonly number[]) => readonly number[];
}

/** How large a network is built around a cell, beside the benchmark's own. */
export interface NetworkSize {
  /** Share of the benchmark's own channels. */
  width: number;
  /** Cells of a stage; as many as the benchmark's own has where left out. */
  cells?: number;
  /** Side of the images in pixels. */
  imageSize: number;
}

/** A cell as a picture: nodes by number, and arrows between them that carry operations. */
export interface CellDrawing {
  /** Places across and down, 0 … 1. */
  nodes: readonly { label: string; x: number; y: number }[];
  edges: readonly { from: number; to: number; operation?: string }[];
}

/**
 * A search space, what was measured of its cells, and how more is measured. A user's own is an object of this form,
 * given to `registerBenchmark` or, as a module, to the commands' `--benchmark`.
 */
export interface Benchmark {
  /** As users type it and records keep it; also the folder of its files in `data`. */
  name: string;
  /** For people, such as `NAS-Bench-201`. */
  title: string;
  /** Made at the first use; later uses give the same object. */
  space: () => SearchSpace;
  /** By name. */
  datasets: Readonly<Record<string, DataSet>>;
  /** By name; the first is the default. */
  labels: Readonly<Record<string, LabelPolicy>>;
  /** The CSV file of accuracies by cell, percent, absolute. */
  accuracies: string;
  /** Tables of codes and scores by name. */
  codes: Readonly<Record<string, CodeTableSource>>;
  /** The code source of a run where none is named: one that covers the space. */
  defaultCodes?: string;
  /**
   * Named networks that a cell makes, for measuring; by position. `full` is the one that the benchmark's accuracies come
   * from. Absent where nothing can be measured.
   */
  networks?: Readonly<Record<string, (position: number) => Network>> & {
    /** The network that the benchmark's accuracies come from. */
    full: (position: number) => Network;
  };
  /** The network that a cell makes at another size: cheap trainings, comparable between benchmarks. */
  sizedNetwork?: (position: number, size: NetworkSize) => Network;
  /**
   * The benchmark with the single trainings of its own archive, as `npm run import` leaves them in a folder: label policies
   * and code sources that the means hide. What is drawn at random follows from the seed. Absent where there is no archive.
   */
  withArchive?: (folder: string, labelSeed: number) => Benchmark;
  /** How a cell is drawn; absent: as the graph that predictors see. */
  draw?: (position: number) => CellDrawing;
}
