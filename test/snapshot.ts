import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from '../lib/src/charts/render';

const FOLDER = join(__dirname, 'snapshots');

/** Compares a chart with test/snapshots/name.svg; UPDATE_SNAPSHOTS=1 writes that file anew: look at it before committing. */
export async function assertSnapshot(spec: TopLevelSpec, name: string): Promise<void> {
  const file = join(FOLDER, `${name}.svg`);
  const svg = `${(await renderSvg(spec)).replaceAll('><', '>\n<')}\n`;
  if (process.env['UPDATE_SNAPSHOTS'] === '1') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, svg);
  }
  assert.ok(existsSync(file), `${file} is missing: run the test with UPDATE_SNAPSHOTS=1 and look at what it wrote`);
  assert.equal(svg, readFileSync(file, 'utf8'), `the chart differs from ${file}`);
}
