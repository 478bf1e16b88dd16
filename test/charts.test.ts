import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PNG } from 'pngjs';
import { ablationForest } from '../lib/src/charts/ablation-forest';
import { attentionHeatMap } from '../lib/src/charts/attention-heat-map';
import { blockDiagram } from '../lib/src/charts/block-diagram';
import { cellDrawingChart } from '../lib/src/charts/cell-drawing-chart';
import { drawCell } from '../lib/src/benchmarks/nas-bench-201/nas-bench-201';
import { codeWorthChart } from '../lib/src/charts/code-worth-chart';
import { correlationBars } from '../lib/src/charts/correlation-bars';
import type { CurveNotes, CurveRow } from '../lib/src/charts/curve-chart';
import { figure4 } from '../lib/src/charts/figure4';
import { figure4b } from '../lib/src/charts/figure4b';
import { figure5 } from '../lib/src/charts/figure5';
import { figure6a } from '../lib/src/charts/figure6a';
import { figure6b } from '../lib/src/charts/figure6b';
import { figure7 } from '../lib/src/charts/figure7';
import { figure8, FIGURE_8A_REGIONS } from '../lib/src/charts/figure8';
import { boldTextWidth, textWidth } from '../lib/src/charts/fonts';
import { renderPng, renderSvg, writeFigure } from '../lib/src/charts/render';
import { savingsChart } from '../lib/src/charts/savings-chart';
import { methodStyles } from '../lib/src/charts/theme';
import { thinScatter } from '../lib/src/charts/thin-scatter';
import { wrapText } from '../lib/src/charts/wrap-text';
import { parseCell } from '../lib/src/benchmarks/nas-bench-201/cell';
import { assertSnapshot } from './snapshot';

const notes: CurveNotes = {
  dataSet: 'CIFAR-100',
  labels: 'mean of trials',
  codes: 'made up for this test',
  preset: 'official',
  optimum: 73.51,
};
const rows: CurveRow[] = ['predictor', 'siams', 'siams+nsam', 'siams+nsam+bts', 'random'].flatMap((method, i) =>
  [60, 130, 210].map((x, j) => {
    const mean = 71 + 0.4 * i + 0.2 * j;
    const measured = { n: 30, interval: { low: mean - 0.3, high: mean + 0.35 } };
    return { method, x, mean, std: 1 - 0.1 * j, ...(i === 4 ? { n: 0 } : measured) };
  }),
);
const published = [60, 130, 210].map((x, j) => ({ method: 'siams', x, mean: 71.9 + 0.3 * j }));

describe('text widths', () => {
  it('come from DejaVu itself', () => {
    // advance widths of the font: M 1767, i 569, space 651 of 2048 units; bold M 2038
    assert.equal(textWidth('Mi ', 2048), 1767 + 569 + 651);
    assert.equal(boldTextWidth('M', 2048), 2038);
    assert.ok(textWidth('±·–', 12) > 0);
  });

  it('break a line between words and keep every word', () => {
    const line = 'one two three four five six seven';
    const lines = wrapText([line], 80);
    assert.ok(lines.length > 1 && lines.every((part) => textWidth(part, 12) <= 80));
    assert.equal(lines.join(' '), line);
  });
});

describe('method styles', () => {
  it('keep the paper’s order and colours, and give another method a colour of its own', () => {
    const styles = methodStyles(['mine', 'siams', 'predictor']);
    assert.deepEqual([...styles.keys()], ['predictor', 'siams', 'mine']);
    assert.equal(styles.get('siams')!.colour, 'rgb(244,164,96)');
    assert.equal(new Set([...styles.values()].map((style) => style.colour)).size, 3);
  });
});

describe('thinned clouds', () => {
  it('keep the first point of a place and count the others', () => {
    const points = [0, 0.1, 5].map((x, id) => ({ id, x, y: 1 }));
    const dots = thinScatter(points, (point) => ({ ...point, group: 'a' }), { x: 1, y: 1 });
    assert.deepEqual(
      dots.map(({ id, cells }) => [id, cells]),
      [
        [0, 2],
        [2, 1],
      ],
    );
  });
});

describe('figures', () => {
  const cells = [7.8, 7.8, 11.7, 43.2, 43.2, 43.2].map((mflops, id) => ({
    id,
    cell: `cell ${id}`,
    mflops,
    accuracy: 60 + 5 * id,
    tiny: mflops < 35,
  }));

  it('Fig. 4a', () =>
    assertSnapshot(figure4(cells, { dataSet: 'CIFAR-10', labels: 'mean of trials', limit: 35 }), 'figure4'));

  it('Fig. 4a leaves out no cost group and no cell', () => {
    const spec = JSON.stringify(figure4(cells, { dataSet: 'CIFAR-10', labels: 'mean of trials', limit: 35 }));
    assert.match(spec, /6 cells \(CIFAR-10\).*3 cost groups · 3 cells below 35 MFLOPs/);
  });

  it('Fig. 4b', () => {
    const spaces = ['Tiny-NanoBench', 'Tiny-NASBench-201'].flatMap((space, i) =>
      cells.slice(0, 3).map(({ id, cell, mflops, accuracy }) => ({
        space,
        id,
        cell,
        mflops: mflops / (2 - i),
        accuracy: accuracy - 10 * i,
      })),
    );
    const about = {
      dataSet: 'CIFAR-10',
      notes: ['made up for this test'],
      ranges: [[10, 15] as const, [30, 35] as const],
    };
    return assertSnapshot(figure4b(spaces, about), 'figure4b');
  });

  it('Fig. 5', () => assertSnapshot(figure5(rows, notes, { panel: 'b', brpNas: [{ x: 100, mean: 73.7 }] }), 'figure5'));

  it('Fig. 6a', () => assertSnapshot(figure6a(rows, published, notes), 'figure6a'));

  it('Fig. 6b', () => assertSnapshot(figure6b(rows, published, notes), 'figure6b'));

  it('Fig. 7', () => {
    const curves = ['Tiny-NanoBench', 'Tiny-NASBench-201'].flatMap((space, i) =>
      ['siams+nsam+bts', 'random'].flatMap((method, j) =>
        [20, 60, 100].map((x, k) => ({
          space,
          method,
          x,
          mean: 92 - 2 * i - j + 0.3 * k,
          std: 1 - j,
          interval: j === 0 ? { low: 91.8 - 2 * i + 0.3 * k, high: 92.3 - 2 * i + 0.3 * k } : undefined,
          n: j === 0 ? 100 : 0,
        })),
      ),
    );
    const chart = {
      title: 'Fig. 7b',
      yTitle: 'mean best test accuracy, CIFAR-10 (%)',
      top: 10,
      notes: ['made up for this test'],
      optima: [{ space: 'Tiny-NanoBench', best: 93 }],
      paper: [{ space: 'Tiny-NanoBench', x: 60, mean: 92.87 }],
    };
    return assertSnapshot(figure7(curves, chart), 'figure7');
  });

  it('draw bands of a quarter of the standard deviation, and none for an exact expectation', async () => {
    const svg = await renderSvg(
      figure6b([...rows.slice(0, 3), ...rows.slice(-3)], [], { ...notes, dataSet: 'CIFAR-10' }),
    );
    assert.equal(svg.match(/<path[^>]*fill-opacity|<path[^>]*opacity="0\.2"/g)?.length, 1);
    const spec = JSON.stringify(figure6b(rows, [], notes));
    assert.match(spec, /"bandLow":70\.75,"bandHigh":71\.25/); // 71 ± 0.25 · 1
  });

  it('Fig. 8', () => {
    const priors = [
      [10, 0.5],
      [50, 0.05],
      [60, 0.15],
    ].map(([accuracy, prior], id) => ({ id, cell: `cell ${id}`, accuracy: accuracy!, prior: prior! }));
    return assertSnapshot(
      figure8(priors, {
        title: 'Fig. 8a',
        priorTitle: '1 − mean(code) / max',
        dataSet: 'CIFAR-100',
        notes: ['made up for this test'],
        regions: FIGURE_8A_REGIONS,
      }),
      'figure8',
    );
  });

  it('Fig. 8 may show a part of its cloud, and says how much is left out', () => {
    const priors = [10, 50, 60].map((accuracy, id) => ({ id, cell: `cell ${id}`, accuracy, prior: 0.1 * id }));
    const spec = JSON.stringify(
      figure8(priors, {
        title: 'Fig. 1b',
        priorTitle: 'prior',
        dataSet: 'CIFAR-10',
        notes: [],
        view: { accuracy: [40, 60], prior: [0.05, 0.2] },
      }),
    );
    assert.match(spec, /2 of 3 cells lie in this view/);
    assert.match(spec, /"domain":\[40,60\].*"domain":\[0\.05,0\.2\]/);
    assert.doesNotMatch(spec, /cell 0/);
  });

  it('correlation bars', () => {
    const correlations = ['codes', 'FLOPs (control)', 'a sample'].flatMap((source, i) =>
      ['CIFAR-10', 'CIFAR-100'].map((dataSet, j) => {
        const spearman = 0.7 - 0.1 * j + 0.05 * i;
        const row = {
          source,
          dataSet,
          spearman,
          low: spearman - 0.02,
          high: spearman + 0.02,
          n: 100,
          control: i === 1,
        };
        return i === 2 ? { ...row, controlHere: spearman + 0.1 } : row;
      }),
    );
    return assertSnapshot(correlationBars(correlations, 'Correlation', ['made up for this test']), 'correlation-bars');
  });

  it('savings chart', () => {
    const savings = ['CIFAR-10', 'CIFAR-100'].flatMap((dataSet, d) =>
      ['predictor', 'siams', 'random'].flatMap((method, m) =>
        [40, 100, 180].map((budget) => ({ dataSet, method, budget, cost: 30 + (budget * (2 - m + d)) / 3 })),
      ),
    );
    return assertSnapshot(savingsChart(savings, 30, ['made up for this test']), 'savings-chart');
  });

  it('ablation forest', () => {
    const comparisons = [
      [-0.3, 0.2, 0.9],
      [0.1, 0.4, 0.03],
      [-0.9, -0.1, 0.02],
      [0.1, 0.3, 0.2], // its interval alone would decide it
    ].map(([low, high, corrected], i) => ({
      label: `variant ${i}`,
      mean: (low! + high!) / 2,
      std: 1,
      low: low!,
      high: high!,
      p: 0.02,
      corrected: corrected!,
      n: 20,
    }));
    return assertSnapshot(ablationForest(comparisons, 'Ablation', ['made up for this test']), 'ablation-forest');
  });

  it('what a code is worth, by its strength', () => {
    const kinds = [
      { code: 'a code', kind: 'measured', strength: 0.6, mean: 0.2 },
      { code: 'a code, shuffled', kind: 'shuffled', strength: 0.01, mean: -0.02 },
      { code: 'oracle 0.9', kind: 'oracle', strength: 0.9, mean: 0.5 },
    ];
    const points = ['siams', 'siams +NSAM +BTS'].flatMap((method) =>
      [100, 40].flatMap((budget) =>
        [5, 20].flatMap((top) =>
          kinds.map((of) => ({ ...of, method, budget, top, low: of.mean - 0.1, high: of.mean + 0.1, n: 20 })),
        ),
      ),
    );
    return assertSnapshot(codeWorthChart(points, 'Worth', ['made up for this test']), 'code-worth');
  });

  it('attention heat map', () => {
    const panel = {
      name: 'P₁',
      weights: [
        [0.018, 0.982],
        [0.119, 0.881],
      ],
      mask: [
        [1, 1],
        [0, 1],
      ],
    }; // protocol §9
    return assertSnapshot(attentionHeatMap([panel], ['0 in', '1 out'], 'Attention', []), 'attention-heat-map');
  });

  it('a cell as a graph', () => {
    const cell = parseCell('|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_3x3~0|skip_connect~1|none~2|');
    return assertSnapshot(cellDrawingChart(drawCell(cell), 'A cell', ['made up for this test']), 'cell-graph');
  });

  it('a network as blocks', () => {
    const blocks = ['in', 'left', 'right', 'out'].map((name, i) => ({
      name,
      lines: ['[B, 10, 64]'],
      column: i === 2 ? 1 : 0,
      row: Math.ceil(i / 2),
      kind: i === 0 ? ('input' as const) : ('basic' as const),
    }));
    const links = [
      { from: 'in', to: 'left' },
      { from: 'in', to: 'right' },
      { from: 'right', to: 'out' },
      { from: 'left', to: 'right' },
    ];
    assert.throws(() => blockDiagram(blocks, [{ from: 'in', to: 'nowhere' }], 'Network'), /the block 'nowhere'/);
    return assertSnapshot(blockDiagram(blocks, links, 'Network'), 'block-diagram');
  });
});

describe('rendering', () => {
  it('gives the same SVG twice and a PNG of twice its size', async () => {
    const spec = figure6b(rows, published, notes);
    const svg = await renderSvg(spec);
    assert.equal(await renderSvg(spec), svg);
    const width = Number(/width="(\d+)"/.exec(svg)![1]);
    const picture = PNG.sync.read(Buffer.from(await renderPng(spec)));
    assert.equal(picture.width, 2 * width);
  });

  it('writes both files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'figure-'));
    const { svg, png } = await writeFigure(figure6b(rows, [], notes), 'figure', folder);
    assert.match(readFileSync(svg, 'utf8'), /^<svg[^]*<\/svg>\n$/);
    assert.equal(readFileSync(png).toString('latin1', 1, 4), 'PNG');
    rmSync(folder, { recursive: true });
  });

  it('leaves the old picture whole where the new one does not fit on the disk', () => {
    const folder = mkdtempSync(join(tmpdir(), 'figure-'));
    const svg = join(folder, 'figure.svg');
    writeFileSync(svg, 'old');
    const body = `process.on('SIGXFSZ', () => {}); const values = Array.from({ length: 200 }, (_, i) => ({ i }));
      const spec = { data: { values }, mark: 'point', encoding: { x: { field: 'i', type: 'quantitative' } } };
      require(${JSON.stringify(resolve(__dirname, '../lib/dist/charts/render.js'))})
        .writeFigure(spec, 'figure', ${JSON.stringify(folder)}).catch((error) => console.error(error.message));`;
    // A file size limit of a few kilobytes stands for a full disk.
    const { stderr } = spawnSync('bash', ['-c', 'ulimit -f 4; exec "$@"', '-', process.execPath, '-e', body]);
    assert.match(String(stderr), /cannot write .*figure\.svg: the file may not grow further/);
    assert.equal(readFileSync(svg, 'utf8'), 'old');
    assert.deepEqual(readdirSync(folder), ['figure.svg']);
    rmSync(folder, { recursive: true });
  });
});
