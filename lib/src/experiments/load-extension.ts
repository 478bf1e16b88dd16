import type { Benchmark } from '../benchmarks/benchmark';
import { registerBenchmark } from '../benchmarks/registry';
import type { MakeMethod } from '../search/method';
import { registerMethod } from '../search/methods';

/** What a module of a user's own may export, by name or in its default export. */
export interface Extension {
  benchmark?: Benchmark;
  /** By the names that runs call them by. */
  methods?: Readonly<Record<string, MakeMethod>>;
}

/**
 * Registers the benchmark and the methods that a JavaScript module exports.
 *
 * @param file its absolute path
 * @throws Error when it cannot be loaded, exports neither, or exports one that is none
 */
export async function loadExtension(file: string): Promise<Extension> {
  try {
    const exported = (await import(file)) as Extension & { default?: Extension };
    const { benchmark = exported.default?.benchmark, methods = exported.default?.methods } = exported;
    if (!benchmark && !methods) throw new Error('it exports neither "benchmark" nor "methods"');
    if (benchmark) registerBenchmark(benchmark);
    for (const [name, make] of Object.entries(methods ?? {})) registerMethod(name, make);
    return { benchmark, methods };
  } catch (error) {
    const [reason] = (error as Error).message.split('\n'); // node lists who asked for a missing module
    throw new Error(`${file} is no module of a benchmark or of methods: ${reason!}`, { cause: error });
  }
}
