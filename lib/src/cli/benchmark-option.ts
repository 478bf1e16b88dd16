import { Command, Option } from 'commander';
import { resolve } from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import { benchmarkNames, findBenchmark } from '../benchmarks/registry';
import { loadExtension } from '../experiments/load-extension';
import { UsageError } from './command';

/** What `withBenchmark` adds to a command's options. */
export interface BenchmarkOptions {
  space?: string;
  /** Path of a module of one's own. */
  benchmark?: string;
}

/** Adds the options that choose a benchmark. */
export function withBenchmark(command: Command, byDefault: string): Command {
  return command
    .addOption(new Option('--space <name>', `the benchmark: ${benchmarkNames().join(', ')} (default: ${byDefault})`))
    .option('--benchmark <module>', 'a JavaScript module that exports a benchmark, methods, or both (lib/README.md)');
}

/** A benchmark, and the module that it came from. */
export interface ChosenBenchmark {
  benchmark: Benchmark;
  /** Absolute; for processes that have to know the benchmark too. */
  extension?: string;
}

/** The benchmark that the options choose. Throws a UsageError for an unknown name or a module that is none. */
export async function chosenBenchmark(options: BenchmarkOptions, byDefault: string): Promise<ChosenBenchmark> {
  try {
    if (options.benchmark === undefined) return { benchmark: findBenchmark(options.space ?? byDefault) };
    const extension = resolve(options.benchmark);
    const { benchmark } = await loadExtension(extension);
    if (options.space !== undefined) return { benchmark: findBenchmark(options.space), extension };
    return { benchmark: benchmark ?? findBenchmark(byDefault), extension };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
