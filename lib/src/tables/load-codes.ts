import { officialSynflowCode } from '../priors/official-synflow-code';
import { dataFile } from '../files/data-file';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { type SearchSpace } from '../benchmarks/search-space';
import { Random } from '../tensors/random';
import { logarithmic, standardised } from './code-source';
import { cellsWithCode, codeTable, readCodeTable, requireTrainable, type CodeTable } from './code-table';
import { columnsFound, readCsv } from '../files/read-csv';
import { tableSourceName } from './table-source';

/** The names that `loadCodes` knows beside paths, each with what it stands for; for help texts. */
export const CODE_SOURCES = {
  'proxy-losses': 'training losses of epochs 1 to 3 of a reduced network (proxy-losses:12 for 12 epochs)',
  'reduced-codes': 'estimation codes measured by the recipe "reduced"',
  'official-codes': 'estimation codes measured by the recipe "official"; of a sample of cells',
  synflow: "the logarithm of Tanaka et al.'s synflow of the benchmark's network",
  'synflow-official': "the authors' synflow of their network, cut off and three times over, as they feed it",
  snip: 'snip of the reduced network',
  grasp: 'grasp of the reduced network',
  'grad-norm': "the norm of the loss's gradient in the reduced network",
  flops: 'MFLOPs of the network on CIFAR-10: the control that a claim about a code needs',
  params: 'millions of parameters of the network on CIFAR-10',
  constant: 'three zeros for every cell: no prior knowledge',
  'shuffled:NAME': 'the codes of NAME dealt out to the wrong cells, seed 0 (shuffled@7:NAME for seed 7)',
  'standardised:NAME': 'the codes of NAME, each entry with mean 0 and variance 1 over the space',
  'log:NAME': 'sign(x) · ln(1 + |x|) of the codes of NAME: for scores that span many powers of ten',
  'FILE.csv': 'a table with the columns id, arch and loss1, loss2, … (FILE.csv:a,b for columns a and b)',
} as const;

/** An epoch of an estimation code or proxy in full trainings: 5,000 of 50,000 images, one of 100 epochs (protocol §6.1). */
const TRAININGS_PER_EPOCH = 0.001;

const PROXY_LOSSES_FILE = 'nas-bench-201-proxy-losses.csv';
const PROXY_LOSSES_EPOCHS = 12;

const LOSSES = ['loss1', 'loss2', 'loss3'];
const CODES_RECIPE = 'training losses of epochs 1 to 3 on 5,000 images of CIFAR-10';
const SCORED = 'at fresh weights, one initialisation a network';

/** The tables that `npm run codes` and `npm run zero-cost` make. */
const MEASURED: Record<string, { file: string; columns: string[]; recipe: string }> = {
  'reduced-codes': {
    file: 'estimation-codes/reduced.csv',
    columns: LOSSES,
    recipe: `${CODES_RECIPE}, the benchmark's network with 8 channels and one cell a stage`,
  },
  'official-codes': {
    file: 'estimation-codes/official.csv',
    columns: LOSSES,
    recipe: `${CODES_RECIPE}, the authors' network`,
  },
  synflow: { file: 'zero-cost/synflow.csv', columns: ['synflow'], recipe: `ln of Tanaka et al.'s synflow ${SCORED}` },
  'synflow-official': {
    file: 'zero-cost/synflow.csv',
    columns: ['synflow_official'],
    recipe: `the authors' synflow ${SCORED}, cut off at 1,000, in thousandths, three times`,
  },
  snip: { file: 'zero-cost/gradients.csv', columns: ['snip'], recipe: `snip ${SCORED}` },
  grasp: { file: 'zero-cost/gradients.csv', columns: ['grasp'], recipe: `grasp ${SCORED}` },
  'grad-norm': { file: 'zero-cost/gradients.csv', columns: ['grad_norm'], recipe: `norm of the gradient ${SCORED}` },
};

/**
 * The code source of that name (see `CODE_SOURCES`), for the cells of the space, which defaults to NAS-Bench-201.
 * Throws an Error for an unknown name, and, with file, line and column, for a table that is damaged or has numbers that no
 * predictor can be trained with.
 */
export function loadCodes(source: string, { space = nasBench201() }: { space?: SearchSpace } = {}): CodeTable {
  const table = codesOf(source, space);
  requireTrainable(table, space);
  return table;
}

function codesOf(source: string, space: SearchSpace): CodeTable {
  const [, operation, argument, rest] = /^(standardised|shuffled|log)(?:@(.*?))?:(.*)$/.exec(source) ?? [];
  if (operation === 'shuffled' && /^\d*$/.test(argument ?? '')) {
    return shuffled(source, codesOf(rest!, space), space, Number(argument ?? 0));
  }
  if (operation === 'standardised' && argument === undefined) {
    const table = codesOf(rest!, space);
    return { ...table, ...standardised(table, cellsWithCode(table, space)) };
  }
  if (operation === 'log' && argument === undefined) {
    const table = codesOf(rest!, space);
    return { ...table, ...logarithmic(table) };
  }
  const [, isProxyLosses, epochs] = /^(proxy-losses)(?::(.*))?$/.exec(source) ?? [];
  if (isProxyLosses) return proxyLosses(source, space, epochs);
  if (source in MEASURED) return measured(source, space);
  if (source === 'constant') {
    const recipe = 'zeros, the same for every cell';
    return codeTable(space, new Float32Array(space.size * 3), { name: source, recipe, trainingsPerCode: 0 });
  }
  if (source === 'flops' || source === 'params') return costs(source, space);
  const table = tableSourceName(source);
  if (table) return userTable(source, table.file, space, table.columns);
  throw new Error(
    `unknown code source "${source}", expected one of ${Object.keys(CODE_SOURCES).join(', ')}, where FILE.csv is a path`,
  );
}

function proxyLosses(name: string, space: SearchSpace, epochsText = '3'): CodeTable {
  const epochs = /^\d+$/.test(epochsText) ? Number(epochsText) : NaN;
  if (!Number.isInteger(epochs) || epochs < 1 || epochs > PROXY_LOSSES_EPOCHS) {
    throw new Error(`code source "${name}": found "${epochsText}" epochs, expected 1 to ${PROXY_LOSSES_EPOCHS}`);
  }
  return readCodeTable(dataFile(PROXY_LOSSES_FILE), space, {
    name,
    recipe:
      `training losses of epochs 1 to ${epochs} of a reduced network (32-channel stem, one cell, pooling, one cell) on ` +
      '5,000 images of 10 CIFAR-100 classes, published with MOTE-NAS',
    trainingsPerCode: TRAININGS_PER_EPOCH * epochs,
    columns: Array.from({ length: epochs }, (_, epoch) => `loss_epoch${epoch + 1}`),
    signed: false,
    impute: true,
  });
}

function measured(name: string, space: SearchSpace): CodeTable {
  const { file, columns, recipe } = MEASURED[name]!;
  const areLosses = columns === LOSSES;
  const table = readCodeTable(dataFile(file), space, {
    ...{ name, recipe, columns, signed: !areLosses, impute: false },
    trainingsPerCode: areLosses ? TRAININGS_PER_EPOCH * columns.length : 0,
  });
  if (name !== 'synflow-official') return table;
  const codes = new Float32Array(space.size * LOSSES.length);
  const positions = cellsWithCode(table, space);
  table
    .read(positions)
    .forEach((score, i) => codes.fill(officialSynflowCode(score), 3 * positions[i]!, 3 * positions[i]! + 3));
  return codeTable(space, codes, table);
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

function costs(name: 'flops' | 'params', space: SearchSpace): CodeTable {
  const { cost } = space;
  if (cost === undefined) throw new Error(`code source "${name}": ${space.name} has no closed form of it`);
  return codeTable(
    space,
    Float32Array.from(space.ids, (_, position) => cost(position, 'cifar10')[name === 'flops' ? 'mflops' : 'mparams']),
    {
      name,
      recipe: `${name === 'flops' ? 'MFLOPs' : 'millions of parameters'} of the network on CIFAR-10, in closed form`,
      trainingsPerCode: 0,
    },
  );
}

/** The control of protocol §5.6: a code costs what it did, and says nothing of its cell. Cells without a code keep none. */
function shuffled(name: string, table: CodeTable, space: SearchSpace, seed: number): CodeTable {
  const to = cellsWithCode(table, space);
  const from = new Random(seed, 'shuffled codes').sample(to.length, to.length).map((i) => to[i]!);
  const read = table.readDoubles(from);
  const codes = new Float64Array(space.size * table.entries);
  to.forEach((position, i) => {
    codes.set(read.subarray(i * table.entries, (i + 1) * table.entries), position * table.entries);
  });
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
