import type { TopLevelSpec } from 'vega-lite';
import type { CellDrawing } from '../benchmarks/benchmark';
import { arrowLayers, pixelPlane, type ChartLayer, type PixelPoint } from './diagram';
import { textWidth } from './fonts';
import { CHART_CONFIG } from './theme';
import { wrapText } from './wrap-text';

const SMALLEST_WIDTH = 460;
const HEIGHT = 250;
/** Around the places of nodes, and between two columns of them at least, px. */
const MARGIN = { side: 40, top: 30, bottom: 40 };
const COLUMN = 115;
/** A node with a short name is a circle, one with a longer name a box of the same height. */
const RADIUS = 16;
const FONT_SIZE = 12;

interface EdgeStyle {
  name: string;
  colour: string;
}

/** Operations of NAS-Bench-201, which stand on edges; others are written as they are. */
const EDGE_STYLES: Readonly<Record<string, EdgeStyle>> = {
  none: { name: 'none', colour: '#bbbbbb' },
  skip_connect: { name: 'skip', colour: '#555555' },
  nor_conv_1x1: { name: 'conv 1×1', colour: 'rgb(51,121,201)' },
  nor_conv_3x3: { name: 'conv 3×3', colour: 'rgb(200,40,40)' },
  avg_pool_3x3: { name: 'avg pool 3×3', colour: 'rgb(0,135,90)' },
};

/** Colours of nodes that are operations, as in Tiny-NanoBench; others are white. */
const NODE_FILLS: Readonly<Record<string, string>> = {
  dwconv3x3: '#fbd9d3',
  conv1x1: '#d6e6fa',
  atten: '#d5efe0',
  expand: '#fbe7c4',
  split: '#e8e8e8',
};

/** Fractions of a pixel that a sum leaves over show nothing, but make other bytes. */
const tenths = (pixels: number): number => Math.round(10 * pixels) / 10;

/** A node where it is drawn. */
interface PlacedNode {
  x: number;
  y: number;
  text: string;
  /** Half of its width, px. */
  half: number;
  fill: string;
}

/**
 * A cell of any benchmark as a graph of nodes and arrows; an arrow that carries `none` is dashed.
 *
 * @param drawing what the benchmark's `draw` gives
 * @param title such as 'cell 6111'
 * @param notes lines below the title, such as accuracies and cost
 */
export function cellDrawingChart(drawing: CellDrawing, title: string, notes: readonly string[] = []): TopLevelSpec {
  const columns = new Set(drawing.nodes.map(({ x }) => x)).size;
  const width = Math.max(SMALLEST_WIDTH, 2 * MARGIN.side + COLUMN * (columns - 1));
  const plane = pixelPlane(width, HEIGHT);
  const nodes = drawing.nodes.map(({ label, x, y }): PlacedNode => {
    const long = textWidth(label, FONT_SIZE) / 2 + 7;
    return {
      x: tenths(MARGIN.side + x * (width - 2 * MARGIN.side)),
      y: tenths(MARGIN.top + y * (HEIGHT - MARGIN.top - MARGIN.bottom)),
      text: label,
      half: long > 1.15 * RADIUS ? long : RADIUS,
      fill: NODE_FILLS[label] ?? 'white',
    };
  });
  const styleOf = (operation: string): EdgeStyle => EDGE_STYLES[operation] ?? { name: operation, colour: '#555555' };
  const arrows = drawing.edges.map(({ from, to, operation }) => {
    return {
      points: betweenRims(nodes[from]!, nodes[to]!),
      colour: styleOf(operation ?? '').colour,
      dashed: operation === 'none',
    };
  });
  const labels = drawing.edges.flatMap(({ from, to, operation }) => {
    if (operation === undefined) return [];
    const { name, colour } = styleOf(operation);
    const [[ax, ay], [bx, by]] = betweenRims(nodes[from]!, nodes[to]!);
    const [x, y] = [tenths((ax + bx) / 2), tenths((ay + by) / 2)];
    const half = textWidth(name, FONT_SIZE) / 2 + 3;
    const box = { left: x - half, right: x + half, top: y - 9, bottom: y + 9 };
    return [{ x, y, ...box, text: name, colour: operation === 'none' ? '#888' : colour }];
  });
  const text = { field: 'text', type: 'nominal' } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width,
    height: HEIGHT,
    title: { text: title, subtitle: wrapText(notes, width) },
    layer: [
      ...arrowLayers(arrows, plane),
      ...nodeLayers(nodes, plane),
      { data: { values: nodes }, mark: { type: 'text', fontSize: FONT_SIZE }, encoding: { ...plane, text } },
      ...(labels.length === 0 ? [] : labelLayers(labels, plane)),
    ],
    config: CHART_CONFIG,
  };
}

/** Circles, and boxes with round ends. */
function nodeLayers(nodes: readonly PlacedNode[], plane: ReturnType<typeof pixelPlane>): ChartLayer[] {
  const layers: ChartLayer[] = [];
  const style = { stroke: '#333', strokeWidth: 1.5, opacity: 1 } as const;
  const circles = nodes.filter(({ half }) => half === RADIUS);
  if (circles.length > 0) {
    layers.push({
      data: { values: circles },
      mark: { type: 'circle', size: Math.PI * RADIUS * RADIUS, color: 'white', ...style },
      encoding: plane,
    });
  }
  const boxes = nodes.filter(({ half }) => half !== RADIUS);
  if (boxes.length > 0) {
    const values = boxes.map(({ x, y, half, fill }) => {
      return { x: x - half, x2: x + half, y: y - RADIUS, y2: y + RADIUS, fill };
    });
    layers.push({
      data: { values },
      mark: { type: 'rect', cornerRadius: RADIUS, ...style },
      encoding: {
        ...plane,
        x2: { field: 'x2' },
        y2: { field: 'y2' },
        fill: { field: 'fill', type: 'nominal', scale: null },
      },
    });
  }
  return layers;
}

/** Texts on white, over the arrows that they belong to. */
function labelLayers(labels: readonly object[], plane: ReturnType<typeof pixelPlane>): ChartLayer[] {
  return [
    {
      data: { values: [...labels] },
      mark: { type: 'rect', color: 'white', opacity: 1 },
      encoding: {
        x: { ...plane.x, field: 'left' },
        x2: { field: 'right' },
        y: { ...plane.y, field: 'top' },
        y2: { field: 'bottom' },
      },
    },
    {
      data: { values: [...labels] },
      mark: { type: 'text', fontSize: FONT_SIZE },
      encoding: {
        ...plane,
        text: { field: 'text', type: 'nominal' },
        color: { field: 'colour', type: 'nominal', scale: null },
      },
    },
  ];
}

/** The line between the rims of two nodes. */
function betweenRims(from: PlacedNode, to: PlacedNode): [PixelPoint, PixelPoint] {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const [start, end] = [rimShare(from, dx, dy), rimShare(to, dx, dy)];
  return [
    [from.x + start * dx, from.y + start * dy],
    [to.x - end * dx, to.y - end * dy],
  ];
}

/** Which part of a line from a node's centre lies inside of the node. */
function rimShare({ half }: PlacedNode, dx: number, dy: number): number {
  if (half === RADIUS) return (RADIUS + 1) / Math.hypot(dx, dy);
  return Math.min((half + 1) / Math.abs(dx), (RADIUS + 1) / Math.abs(dy));
}
