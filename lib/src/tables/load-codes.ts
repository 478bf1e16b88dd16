import { existsSync } from 'node:fs';
import type { Benchmark, CodeTableSource } from '../benchmarks/benchmark';
import { TRAININGS_PER_EPOCH } from '../benchmarks/code-tables';
import { type SearchSpace } from '../benchmarks/search-space';
import { decimal } from '../files/decimal';
import { columnsFound, readCsv } from '../files/read-csv';
import { Random } from '../tensors/random';
import { logarithmic, standardised, type CodeSource } from './code-source';
import { cellsWithCode, codeTable, readCodeTable, requireTrainable, type CodeTable } from './code-table';
import { joinedCodes } from './joined-codes';
import { oracleCodes } from './oracle-codes';
import { requireTable } from './require-table';
import { tableSourceName } from './table-source';

/** The names that `loadCodes` knows for every benchmark, each with what it stands for; for help texts. */
const COMMON_CODE_SOURCES = {
  flops: 'MFLOPs of the network: the control that a claim about a code needs',
  params: 'millions of parameters of the network',
  constant: 'three zeros for every cell: no prior knowledge',
  'shuffled:NAME': 'the codes of NAME dealt out to the wrong cells, seed 0 (shuffled@7:NAME for seed 7)',
  'oracle-RHO:DATASET':
    'no code but a bound: the true accuracy in noise, Spearman RHO with it (oracle-0.7:cifar100; oracle-0.7@3: for seed 3)',
  'standardised:NAME': 'the codes of NAME, each entry with mean 0 and variance 1 over the space',
  'log:NAME': 'sign(x) · ln(1 + |x|) of the codes of NAME: for scores that span many powers of ten',
  'NAME+NAME': 'the codes of several sources, one after the other, for methods that weigh each entry',
  'FILE.csv': 'a table with the columns id, arch and loss1, loss2, … (FILE.csv:a,b for columns a and b)',
} as const;

/** All code sources of a benchmark by name, each with what it stands for; for help texts. */
export function codeSources(benchmark: Benchmark): Record<string, string> {
  const own = Object.entries(benchmark.codes).map(([name, { about }]) => [name, about]);
  return { ...(Object.fromEntries(own) as Record<string, string>), ...COMMON_CODE_SOURCES };
}

/** Whether the table of one of the benchmark's own code sources is there: some have to be measured first. */
export function hasCodes(benchmark: Benchmark, source: string): boolean {
  return existsSync(benchmark.codes[source]!.file);
}

/** Entries of the code that says nothing, as many as an Estimation Code has. */
const CONSTANT_ENTRIES = 3;

/**
 * The code source of that name (see `codeSources`) for the cells of a benchmark.
 * Throws an Error for an unknown name, and, with file, line and column, for a table that is damaged or has numbers that no
 * predictor can be trained with.
 */
export function loadCodes(benchmark: Benchmark, source: string): CodeTable {
  const table = codesOf(benchmark, source);
  requireTrainable(table, benchmark.space());
  return table;
}

function codesOf(benchmark: Benchmark, source: string): CodeTable {
  const space = benchmark.space();
  const [, operation, argument, rest] = /^(standardised|shuffled|log)(?:@(.*?))?:(.*)$/.exec(source) ?? [];
  if (operation === 'shuffled' && /^\d*$/.test(argument ?? '')) {
    return shuffled(source, codesOf(benchmark, rest!), space, Number(argument ?? 0));
  }
  if (operation === 'standardised' && argument === undefined) {
    const table = codesOf(benchmark, rest!);
    return changed(table, standardised(table, cellsWithCode(table, space)), space);
  }
  if (operation === 'log' && argument === undefined) {
    const table = codesOf(benchmark, rest!);
    return changed(table, logarithmic(table), space);
  }
  const table = tableSourceName(source);
  const parts = source.split('+');
  // A file may have a plus in its name.
  if (parts.length > 1 && !(table?.file.includes('+') && existsSync(table.file))) return joined(parts, benchmark);
  const [, name, entries] = /^(.*?)(?::(.*))?$/s.exec(source)!;
  if (Object.hasOwn(benchmark.codes, name!)) return benchmarkTable(source, benchmark.codes[name!]!, space, entries);
  if (source === 'constant') {
    const recipe = 'zeros, the same for every cell';
    const zeros = new Float32Array(space.size * CONSTANT_ENTRIES);
    return codeTable(space, zeros, { name: source, recipe, trainingsPerCode: 0 });
  }
  const oracle = /^oracle-(0?\.\d+|1)(?:@(\d+))?:(.+)$/.exec(source);
  if (oracle) return oracleCodes(benchmark, source, oracle[3]!, Number(oracle[1]), Number(oracle[2] ?? 0));
  if (source === 'flops' || source === 'params') return costs(source, benchmark);
  if (table) return userTable(source, table.file, space, table.columns);
  throw new UnknownSourceError(
    `unknown code source "${source}", expected one of ${Object.keys(codeSources(benchmark)).join(', ')}, ` +
      'where FILE.csv is a path',
  );
}

/** A code source that no benchmark has: wrong use, where a damaged table is not. */
export class UnknownSourceError extends Error {}

/** @param entriesText what stands behind the colon of `NAME:12`: how many of the columns are the code */
function benchmarkTable(name: string, table: CodeTableSource, space: SearchSpace, entriesText?: string): CodeTable {
  const most = table.columns.length;
  const entries = entriesText === undefined ? (table.entries ?? most) : decimal(entriesText);
  if (!Number.isInteger(entries) || entries < 1 || entries > most) {
    throw new UnknownSourceError(`code source "${name}": found "${entriesText}" entries, expected 1 to ${most}`);
  }
  const { file, recipe, trainingsPerEntry, signed, impute = false, measuredBy, transform } = table;
  requireTable(file, measuredBy);
  const read = readCodeTable(file, space, {
    name,
    recipe: recipe(entries),
    trainingsPerCode: trainingsPerEntry * entries,
    columns: table.columns.slice(0, entries),
    signed,
    impute,
    measuredBy,
  });
  return transform ? transformed(read, transform, space) : read;
}

/** Several sources as one, for the cells that all of them cover. */
function joined(names: readonly string[], benchmark: Benchmark): CodeTable {
  const space = benchmark.space();
  const tables = names.map((name) => codesOf(benchmark, name));
  const source = joinedCodes(tables);
  const covered = tables.map((table) => new Set(cellsWithCode(table, space)));
  const isCovered = (position: number): boolean => covered.every((each) => each.has(position));
  const positions = Int32Array.from(space.ids.keys()).filter(isCovered);
  const missing = Int32Array.from(space.ids.keys()).filter((position) => !isCovered(position));
  const union = (parts: readonly Int32Array[]): Int32Array =>
    Int32Array.from(new Set(parts.flatMap((some) => [...some])));
  return codeTable(space, scattered(source.read(positions), positions, space), {
    ...source,
    missing,
    copied: union(tables.map(({ copied }) => copied)),
    imputed: union(tables.map(({ imputed }) => imputed)),
  });
}

/** The table with the codes of a source that was made of it. */
function changed(table: CodeTable, source: CodeSource, space: SearchSpace): CodeTable {
  const positions = cellsWithCode(table, space);
  const codes = source.readDoubles?.(positions) ?? source.read(positions);
  return codeTable(space, scattered(codes, positions, space), { ...table, name: source.name, recipe: source.recipe });
}

/** The table with each code put through a function. */
function transformed(
  table: CodeTable,
  transform: NonNullable<CodeTableSource['transform']>,
  space: SearchSpace,
): CodeTable {
  const positions = cellsWithCode(table, space);
  const read = table.read(positions);
  const entriesOf = (i: number): readonly number[] =>
    transform([...read.subarray(i * table.entries, (i + 1) * table.entries)]);
  const codes = Float32Array.from([...positions.keys()].flatMap((i) => [...entriesOf(i)]));
  return codeTable(space, scattered(codes, positions, space), table);
}

/** Codes of some cells, one after the other, at their cells' places; zeros elsewhere. */
function scattered(codes: Float32Array | Float64Array, positions: Int32Array, space: SearchSpace): Float64Array {
  const entries = codes.length / positions.length;
  const all = new Float64Array(space.size * entries);
  positions.forEach((position, i) => all.set(codes.subarray(i * entries, (i + 1) * entries), position * entries));
  return all;
}

function userTable(name: string, file: string, space: SearchSpace, wanted?: readonly string[]): CodeTable {
  const { header } = readCsv(file);
  const losses = header.filter((column) => /^loss(_epoch)?\d+$/.test(column));
  const columns = wanted ?? losses;
  if (columns.length === 0) {
    throw new Error(
      `${file}, line 1: found ${columnsFound(header)}; expected some named loss1, loss2, … (or loss_epoch1, …); ` +
        `name the columns that hold the code: ${file}:column,column`,
    );
  }
  const areLosses = columns.every((column) => losses.includes(column));
  return readCodeTable(file, space, {
    name,
    recipe: `columns ${columns.join(', ')} of ${file}`,
    trainingsPerCode: areLosses ? TRAININGS_PER_EPOCH * columns.length : 0,
    columns,
    signed: !areLosses,
    impute: false,
  });
}

/** Costs on the benchmark's first data set. */
function costs(name: 'flops' | 'params', benchmark: Benchmark): CodeTable {
  const space = benchmark.space();
  const { cost } = space;
  if (cost === undefined) throw new Error(`code source "${name}": ${benchmark.title} has no closed form of it`);
  const [dataset, { title }] = Object.entries(benchmark.datasets)[0]!;
  const column = name === 'flops' ? 'mflops' : 'mparams';
  return codeTable(
    space,
    Float32Array.from(space.ids, (_, position) => cost(position, dataset)[column]),
    {
      name,
      recipe: `${name === 'flops' ? 'MFLOPs' : 'millions of parameters'} of the network on ${title}, in closed form`,
      trainingsPerCode: 0,
    },
  );
}

/** The control of protocol §5.6: a code costs what it did, and says nothing of its cell. Cells without a code keep none. */
function shuffled(name: string, table: CodeTable, space: SearchSpace, seed: number): CodeTable {
  const to = cellsWithCode(table, space);
  const from = new Random(seed, 'shuffled codes').sample(to.length, to.length).map((i) => to[i]!);
  const codes = scattered(table.readDoubles(from), to, space);
  const receiversOf = (givers: Int32Array): Int32Array => {
    const wanted = new Set(givers);
    return to.filter((_, i) => wanted.has(from[i]!));
  };
  return codeTable(space, codes, {
    ...table,
    name,
    recipe: `${table.recipe}; permuted among the cells with seed ${seed}, so that a code says nothing of its cell`,
    copied: receiversOf(table.copied),
    imputed: receiversOf(table.imputed),
  });
}
