import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import type { CurveNotes, CurveRow } from '../lib/src/charts/curve-chart';
import { figure6b } from '../lib/src/charts/figure6b';
import { boldTextWidth, textWidth } from '../lib/src/charts/fonts';
import { renderPng, renderSvg, writeFigure } from '../lib/src/charts/render';
import { methodStyles } from '../lib/src/charts/theme';
import { wrapText } from '../lib/src/charts/wrap-text';
import { assertSnapshot } from './snapshot';

const notes: CurveNotes = {
  dataSet: 'CIFAR-100',
  labels: 'mean of trials',
  codes: 'made up for this test',
  preset: 'official',
  optimum: 73.51,
};
const rows: CurveRow[] = ['predictor', 'siams', 'siams+nsam', 'siams+nsam+bts', 'random'].flatMap((method, i) =>
  [60, 130, 210].map((x, j) => ({ method, x, mean: 71 + 0.4 * i + 0.2 * j, std: 1 - 0.1 * j, n: i === 4 ? 0 : 30 })),
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

describe('figures', () => {
  it('Fig. 6b', () => assertSnapshot(figure6b(rows, published, notes), 'figure6b'));
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
});
