/** What drawings made of boxes and arrows share: a plane in pixels, and arrows on it. */
import type { TopLevelSpec } from 'vega-lite';

/** A layer of a chart. */
export type ChartLayer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** A point in pixels, x to the right, y downward. */
export type PixelPoint = readonly [x: number, y: number];

/** A line of at least two points that ends in an arrow head. */
export interface Arrow {
  points: readonly PixelPoint[];
  /** CSS colour */
  colour: string;
  dashed: boolean;
}

/** Encodings of pixel positions without axes, on a plane of the given size. */
export function pixelPlane(width: number, height: number) {
  return {
    x: {
      field: 'x',
      type: 'quantitative',
      scale: { domain: [0, width] as number[], nice: false, zero: false },
      axis: null,
    },
    y: {
      field: 'y',
      type: 'quantitative',
      scale: { domain: [0, height] as number[], nice: false, zero: false, reverse: true },
      axis: null,
    },
  } as const;
}

/** The two layers, lines and heads, that draw arrows on a plane. */
export function arrowLayers(arrows: readonly Arrow[], { x, y }: ReturnType<typeof pixelPlane>): ChartLayer[] {
  const lines = arrows.flatMap(({ points, colour, dashed }, arrow) =>
    stopBeforeTip(points).map(([px, py], order) => ({
      arrow,
      order,
      x: px,
      y: py,
      colour,
      dash: dashed ? [4, 4] : [1, 0],
    })),
  );
  const heads = arrows.map(({ points, colour }) => {
    const [x, y] = stopBeforeTip(points).at(-1)!;
    return { x, y, colour, angle: (direction(points) * 180) / Math.PI };
  });
  const colour = { field: 'colour', type: 'nominal', scale: null } as const;
  return [
    {
      data: { values: lines },
      mark: { type: 'line', strokeWidth: 1.8 },
      encoding: {
        x,
        y,
        detail: { field: 'arrow', type: 'nominal' },
        order: { field: 'order', type: 'quantitative' },
        color: colour,
        strokeDash: { field: 'dash', type: 'nominal', scale: null },
      },
    },
    {
      data: { values: heads },
      mark: { type: 'point', shape: 'triangle-right', filled: true, size: 75, opacity: 1 },
      encoding: { x, y, color: colour, angle: { field: 'angle', type: 'quantitative', scale: null } },
    },
  ];
}

/** Angle of the last piece of a line, radians clockwise from the right. */
function direction(points: readonly PixelPoint[]): number {
  const [tipX, tipY] = points.at(-1)!;
  const [fromX, fromY] = points.at(-2)!;
  return Math.atan2(tipY - fromY, tipX - fromX);
}

/** The line up to the centre of its head, whose tip then touches what the arrow points at. */
function stopBeforeTip(points: readonly PixelPoint[]): PixelPoint[] {
  const [tipX, tipY] = points.at(-1)!;
  const angle = direction(points);
  return [...points.slice(0, -1), [tipX - 5 * Math.cos(angle), tipY - 5 * Math.sin(angle)]];
}
