import type { TopLevelSpec } from 'vega-lite';
import { ONE_ROW } from './labelled-rule';
import { CHART_CONFIG, CHART_WIDTH, COLOURS } from './theme';
import { wrapText } from './wrap-text';

/** What a predictor gains by what a code says, at one N and K. */
export interface CodeWorthRow {
  /** for people, such as `siams` */
  method: string;
  /** N, trained cells, and K, cells looked at in the final ranking */
  budget: number;
  top: number;
  /** the code, for people */
  code: string;
  /** what has a mark of its own, for people, such as `oracle` */
  kind: string;
  /** |Spearman| of the code with what judges, 0 to 1 */
  strength: number;
  /** paired difference of mean best accuracy, percent points, with its 95 % interval, over n repeats */
  mean: number;
  low: number;
  high: number;
  n: number;
}

/** Pixels of a panel's height. */
const HEIGHT = 190;
/** Room for an axis beside the panels. */
const MARGIN = 110;

/**
 * Gain against the strength of the code, a panel for each N and method: what the content of a code is worth, and whether
 * a better code would be worth more. Zero is the same predictor with codes of the wrong cells.
 */
export function codeWorthChart(rows: readonly CodeWorthRow[], title: string, notes: readonly string[]): TopLevelSpec {
  const budgets = new Set(rows.map(({ budget }) => budget)).size;
  const tops = [...new Set(rows.map(({ top }) => top))].sort((a, b) => a - b);
  // K of one point stand side by side, so that their whiskers do not hide each other.
  const beside = (top: number): number => 0.012 * (tops.indexOf(top) - (tops.length - 1) / 2);
  const values = rows.map((row) => ({
    ...row,
    K: `K = ${row.top}`,
    at: row.strength + beside(row.top),
  }));
  const x = {
    field: 'at',
    type: 'quantitative',
    title: '|Spearman| of the code',
    scale: { domainMin: -0.02, domainMax: 1 },
    axis: { tickCount: 5 },
  } as const;
  const y = { type: 'quantitative', title: 'gain (percent points)' } as const;
  const color = {
    field: 'K',
    type: 'nominal',
    sort: null,
    scale: { domain: tops.map((top) => `K = ${top}`), range: [COLOURS.blue, COLOURS.red] },
    legend: { title: null, symbolType: 'circle', symbolOpacity: 1 },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: {
      text: title,
      subtitle: wrapText([
        ...notes,
        'across: |Spearman| of the code with the true accuracies; dot: mean paired difference; whisker: its 95 % bootstrap interval',
      ]),
    },
    data: { values },
    facet: {
      row: { field: 'method', type: 'nominal', sort: null, title: null },
      column: { field: 'budget', type: 'ordinal', title: null, header: { labelExpr: "'N = ' + datum.value" } },
    },
    spec: {
      width: Math.floor((CHART_WIDTH - MARGIN) / budgets),
      height: HEIGHT,
      layer: [
        {
          data: ONE_ROW,
          mark: { type: 'rule', color: '#444' },
          encoding: { y: { datum: 0, type: 'quantitative' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
        },
        {
          mark: { type: 'point', filled: true, size: 55, opacity: 1 },
          encoding: {
            x,
            y: { ...y, field: 'mean' },
            color,
            shape: { field: 'kind', type: 'nominal', sort: null, legend: { title: null, symbolFillColor: '#555' } },
            tooltip: [
              { field: 'method', type: 'nominal' },
              { field: 'code', type: 'nominal' },
              { field: 'budget', type: 'quantitative', title: 'N' },
              { field: 'top', type: 'quantitative', title: 'K' },
              { field: 'strength', type: 'quantitative', title: '|Spearman|', format: '.3f' },
              { field: 'mean', type: 'quantitative', title: 'gain, points', format: '.3f' },
              { field: 'low', type: 'quantitative', title: 'from', format: '.3f' },
              { field: 'high', type: 'quantitative', title: 'to', format: '.3f' },
              { field: 'n', type: 'quantitative', title: 'repeats' },
            ],
          },
        },
      ],
    },
    config: CHART_CONFIG,
  };
}
