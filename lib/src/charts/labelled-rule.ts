import type { TopLevelSpec } from 'vega-lite';

/** One layer of a layered chart. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** A mark that stands for no row needs a row to be drawn at all. */
export const ONE_ROW = { values: [{}] };

/**
 * A dashed vertical line with its name at its foot.
 *
 * @param x where it stands, in the unit of the quantitative x axis
 */
export function labelledRule(x: number, label: string): Layer[] {
  const at = { datum: x, type: 'quantitative' } as const;
  return [
    { data: ONE_ROW, mark: { type: 'rule', color: '#777', strokeDash: [5, 4] }, encoding: { x: at } },
    {
      data: ONE_ROW,
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'bottom',
        dx: 5,
        dy: -4,
        fontSize: 11,
        color: '#555',
        text: label,
      },
      encoding: { x: at, y: { value: 'height' } },
    },
  ];
}
