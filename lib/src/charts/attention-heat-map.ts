import type { TopLevelSpec } from 'vega-lite';
import { textWidth } from './fonts';
import { CHART_CONFIG, CHART_WIDTH } from './theme';
import { wrapText } from './wrap-text';

/** One attention matrix. */
export interface AttentionPanel {
  /** such as 'P₁, along the edges' */
  name: string;
  /** [node][node], rows sum to 1 */
  weights: readonly (readonly number[])[];
  /** [node][node], 1 where the mask lets a score through, self loops with it */
  mask: readonly (readonly number[])[];
}

/**
 * Attention weights as a heat map, a panel for each matrix: row i shows how node i spreads its weight 1 over all nodes.
 * Entries that the mask lets through have a frame; the others are not 0, as the mask multiplies the score and not the
 * weight (protocol §2.4).
 *
 * @param labels names of the nodes, unique
 */
export function attentionHeatMap(
  panels: readonly AttentionPanel[],
  labels: readonly string[],
  title: string,
  notes: readonly string[],
): TopLevelSpec {
  const values = panels.flatMap(({ name, weights, mask }) =>
    weights.flatMap((row, i) =>
      row.map((weight, j) => ({ panel: name, from: labels[i]!, to: labels[j]!, weight, edge: mask[i]![j]! > 0 })),
    ),
  );
  const margin = Math.max(...labels.map((label) => textWidth(label, 12)));
  const step = Math.min(44, Math.floor(((CHART_WIDTH - margin - 20) / panels.length - 24) / labels.length));
  const y = { field: 'from', type: 'nominal', sort: [...labels], title: 'node' } as const;
  const x = {
    field: 'to',
    type: 'nominal',
    sort: [...labels],
    title: 'looks at node',
    axis: { labelAngle: -90 },
  } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: { text: title, subtitle: wrapText([...notes, 'framed: let through by the mask']) },
    data: { values },
    facet: { column: { field: 'panel', type: 'nominal', sort: panels.map((panel) => panel.name), title: null } },
    spacing: 24,
    spec: {
      width: { step },
      height: { step },
      layer: [
        {
          mark: { type: 'rect' },
          encoding: {
            x,
            y,
            color: {
              field: 'weight',
              type: 'quantitative',
              title: 'attention weight',
              scale: { domain: [0, 1], range: ['#f7f9fc', '#08306b'] },
              legend: { gradientLength: 220 },
            },
            tooltip: [
              { field: 'from', type: 'nominal', title: 'node' },
              { field: 'to', type: 'nominal', title: 'looks at' },
              { field: 'weight', type: 'quantitative', title: 'weight', format: '.4f' },
            ],
          },
        },
        {
          transform: [{ filter: 'datum.edge' }],
          mark: { type: 'rect', filled: false, stroke: '#e3170d', strokeWidth: 1.5 },
          encoding: { x, y },
        },
        {
          mark: { type: 'text', fontSize: Math.min(12, Math.floor(step / 3)) },
          encoding: {
            x,
            y,
            text: { field: 'weight', type: 'quantitative', format: '.2f' },
            color: { condition: { test: 'datum.weight > 0.5', value: 'white' }, value: '#222' },
          },
        },
      ],
    },
    config: CHART_CONFIG,
  };
}
