import type { TopLevelSpec } from 'vega-lite';
import type { PairedDifference } from '../statistics/intervals';
import { textWidth } from './fonts';
import { ONE_ROW } from './labelled-rule';
import { CHART_CONFIG, CHART_WIDTH } from './theme';
import { wrapText } from './wrap-text';

/** One comparison of two variants over paired repeats; positive where the first named is better. */
export interface AblationRow extends PairedDifference {
  /** what is compared, such as 'BestSaver on − off' */
  label: string;
  /** p corrected for all comparisons that were made (`holmAdjusted`): decides the colour */
  corrected: number;
}

/** Level at which a comparison counts as decided, all of them together. */
const LEVEL = 0.05;

const READINGS = {
  better: { name: 'first is better', colour: 'rgb(0,135,90)' },
  worse: { name: 'first is worse', colour: 'rgb(200,60,60)' },
  open: { name: 'not decided after Holm', colour: 'rgb(120,120,120)' },
};

/**
 * Paired differences in mean best accuracy (percent points) with 95 % intervals, one line a comparison, in the order of
 * the rows; n, p and the corrected p stand at the right. The colour says what holds when all comparisons are looked at together,
 * not what one interval alone would say.
 */
export function ablationForest(rows: readonly AblationRow[], title: string, notes: readonly string[]): TopLevelSpec {
  const reading = (row: AblationRow): string =>
    (row.corrected >= LEVEL ? READINGS.open : row.mean > 0 ? READINGS.better : READINGS.worse).name;
  const p = (value: number): string => (value < 0.001 ? '< 0.001' : value.toFixed(3));
  const values = rows.map((row) => ({
    ...row,
    reading: reading(row),
    text: `n = ${row.n}, p ${p(row.p)}, Holm ${p(row.corrected)}`,
  }));
  const labels = Math.max(...values.map((row) => textWidth(row.label, 12)));
  const margin = Math.max(...values.map((row) => textWidth(row.text, 11))) + 12;
  const plot = CHART_WIDTH - labels - margin - 16;
  const y = { field: 'label', type: 'nominal', sort: null, title: null, axis: { labelLimit: 0, grid: true } } as const;
  const x = {
    type: 'quantitative',
    title: 'difference in mean best test accuracy (percent points)',
    scale: { zero: true, nice: true, padding: 8 },
  } as const;
  const color = {
    field: 'reading',
    type: 'nominal',
    sort: null,
    scale: {
      domain: Object.values(READINGS).map(({ name }) => name),
      range: Object.values(READINGS).map(({ colour }) => colour),
    },
    legend: { title: null, symbolType: 'circle', symbolOpacity: 1 },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: plot,
    height: { step: 30 },
    title: {
      text: title,
      subtitle: wrapText([...notes, 'dot: mean paired difference; whisker: its 95 % bootstrap interval']),
    },
    data: { values },
    layer: [
      {
        data: ONE_ROW,
        mark: { type: 'rule', color: '#444' },
        encoding: { x: { datum: 0, type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 2.5 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'circle', size: 90, opacity: 1 },
        encoding: {
          y,
          x: { ...x, field: 'mean' },
          color,
          tooltip: [
            { field: 'label', type: 'nominal', title: 'comparison' },
            { field: 'mean', type: 'quantitative', title: 'mean, points', format: '.3f' },
            { field: 'low', type: 'quantitative', title: 'from', format: '.3f' },
            { field: 'high', type: 'quantitative', title: 'to', format: '.3f' },
            { field: 'p', type: 'quantitative', title: 'p', format: '.4f' },
            { field: 'corrected', type: 'quantitative', title: 'p after Holm', format: '.4f' },
            { field: 'n', type: 'quantitative', title: 'repeats' },
          ],
        },
      },
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', x: plot + 10, fontSize: 11, color: '#444' },
        encoding: { y, text: { field: 'text', type: 'nominal' } },
      },
    ],
    config: CHART_CONFIG,
  };
}
