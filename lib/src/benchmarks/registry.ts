/** Benchmarks by name. */
import type { Benchmark } from './benchmark';
import { nasBench201 } from './nas-bench-201/nas-bench-201';
import { parsePartName, randomPart } from './random-part';
import { tinyNanoBench, tinyNanoBenchOfficial } from './tiny-nano-bench/tiny-nano-bench';
import { tinyNasBench201 } from './tiny-nas-bench-201/tiny-nas-bench-201';

const known = new Map<string, Benchmark>();
for (const benchmark of [nasBench201, tinyNasBench201, tinyNanoBench, tinyNanoBenchOfficial]) {
  known.set(benchmark.name, benchmark);
}

/** The names of all benchmarks that are registered. */
export function benchmarkNames(): string[] {
  return [...known.keys()];
}

/** The part that was asked for last: whoever asks again gets the same, and of hundreds no more than one is kept. */
let lastPart: Benchmark | undefined;

/**
 * The benchmark of that name; also a random part of one, as `nas-bench-201-part-0.5-3` (`randomPart`). Throws an Error that
 * lists the names there are.
 */
export function findBenchmark(name: string): Benchmark {
  const part = known.has(name) ? undefined : parsePartName(name);
  if (part) {
    if (lastPart?.name !== name) lastPart = randomPart(findBenchmark(part.whole), part.share, part.draw);
    return lastPart;
  }
  const benchmark = known.get(name);
  if (!benchmark) {
    throw new Error(
      `no benchmark is called "${name}"; there are ${benchmarkNames().join(', ')}. One of your own is registered by ` +
        'registerBenchmark, or given to a command as a module: --benchmark ./mine.js',
    );
  }
  return benchmark;
}

/**
 * Makes a benchmark known by its name, so that runs, records and figures work on it. Registering the same object again
 * changes nothing.
 *
 * @throws Error when it is no benchmark, saying what is missing, or when another one has its name
 */
export function registerBenchmark(benchmark: Benchmark): void {
  const wrong = whatIsWrong(benchmark);
  if (wrong !== undefined) throw new Error(`not a benchmark: ${wrong}`);
  const other = known.get(benchmark.name);
  if (other !== undefined && other !== benchmark) {
    throw new Error(`there is a benchmark "${benchmark.name}" already: give yours another name`);
  }
  known.set(benchmark.name, benchmark);
}

/** What keeps an object from being a benchmark; undefined when nothing does. */
function whatIsWrong(benchmark: Partial<Benchmark> | undefined): string | undefined {
  if (typeof benchmark !== 'object' || benchmark === null) return 'found nothing that is an object';
  const { name, space, datasets, labels, accuracies, codes, defaultCodes } = benchmark;
  // Names become parts of file names, where _ stands between them.
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9.-]*$/.test(name)) {
    return `its name is ${JSON.stringify(name)}, expected small letters, digits, "-" and "."`;
  }
  if (typeof space !== 'function') return 'it has no function "space"';
  if (!datasets || Object.keys(datasets).length === 0) return 'it has no data set in "datasets"';
  if (!labels || Object.keys(labels).length === 0) return 'it has no label policy in "labels"';
  if (typeof accuracies !== 'string') return 'it has no table in "accuracies"';
  if (typeof codes !== 'object') return 'it has no "codes"; an empty object stands for none';
  if (defaultCodes !== undefined && !(defaultCodes in codes))
    return `its defaultCodes "${defaultCodes}" are not in "codes"`;
  return undefined;
}
