import type { TopLevelSpec } from 'vega-lite';
import { EDGES, type Cell, type Operation } from '../benchmarks/nas-bench-201/cell';
import { arrowLayers, pixelPlane, type PixelPoint } from './diagram';
import { textWidth } from './fonts';
import { CHART_CONFIG } from './theme';
import { wrapText } from './wrap-text';

const WIDTH = 460;
const HEIGHT = 250;
const RADIUS = 16;

/** The complete graph of four nodes without a crossing: node 2 inside the triangle of the others. */
const PLACES: readonly PixelPoint[] = [
  [40, 210],
  [230, 30],
  [230, 128],
  [420, 210],
];

const NODE_NAMES = ['in', '1', '2', 'out'];

const OPERATION_STYLES: Record<Operation, { name: string; colour: string }> = {
  none: { name: 'none', colour: '#bbbbbb' },
  skip_connect: { name: 'skip', colour: '#555555' },
  nor_conv_1x1: { name: 'conv 1×1', colour: 'rgb(51,121,201)' },
  nor_conv_3x3: { name: 'conv 3×3', colour: 'rgb(200,40,40)' },
  avg_pool_3x3: { name: 'avg pool 3×3', colour: 'rgb(0,135,90)' },
};

/**
 * A NAS-Bench-201 cell as a graph: four nodes, an operation on each edge; an edge that carries `none` is dashed.
 *
 * @param cell its six operations
 * @param title such as 'cell 6111'
 * @param notes lines below the title, such as accuracies and cost
 */
export function cellGraphChart(cell: Cell, title: string, notes: readonly string[] = []): TopLevelSpec {
  const plane = pixelPlane(WIDTH, HEIGHT);
  const arrows = EDGES.map(([from, to], edge) => {
    const { colour } = OPERATION_STYLES[cell[edge]!];
    return { points: shorten(PLACES[from]!, PLACES[to]!), colour, dashed: cell[edge] === 'none' };
  });
  const labels = EDGES.map(([from, to], edge) => {
    const { name, colour } = OPERATION_STYLES[cell[edge]!];
    const [a, b] = [PLACES[from]!, PLACES[to]!];
    const [x, y] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    const half = textWidth(name, 12) / 2 + 3;
    const box = { left: x - half, right: x + half, top: y - 9, bottom: y + 9 };
    return { x, y, ...box, text: name, colour: cell[edge] === 'none' ? '#888' : colour };
  });
  const nodes = PLACES.map(([x, y], node) => ({ x, y, text: NODE_NAMES[node] }));
  const text = { field: 'text', type: 'nominal' } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: WIDTH,
    height: HEIGHT,
    title: { text: title, subtitle: wrapText(notes, WIDTH) },
    layer: [
      ...arrowLayers(arrows, plane),
      {
        data: { values: nodes },
        mark: {
          type: 'circle',
          size: Math.PI * RADIUS * RADIUS,
          color: 'white',
          stroke: '#333',
          strokeWidth: 1.5,
          opacity: 1,
        },
        encoding: plane,
      },
      { data: { values: nodes }, mark: { type: 'text', fontSize: 12 }, encoding: { ...plane, text } },
      {
        data: { values: labels },
        mark: { type: 'rect', color: 'white', opacity: 1 },
        encoding: {
          x: { ...plane.x, field: 'left' },
          x2: { field: 'right' },
          y: { ...plane.y, field: 'top' },
          y2: { field: 'bottom' },
        },
      },
      {
        data: { values: labels },
        mark: { type: 'text', fontSize: 12 },
        encoding: { ...plane, text, color: { field: 'colour', type: 'nominal', scale: null } },
      },
    ],
    config: CHART_CONFIG,
  };
}

/** The line between the rims of two nodes. */
function shorten(from: PixelPoint, to: PixelPoint): PixelPoint[] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const part = (RADIUS + 1) / Math.hypot(dx, dy);
  return [
    [from[0] + part * dx, from[1] + part * dy],
    [to[0] - part * dx, to[1] - part * dy],
  ];
}
