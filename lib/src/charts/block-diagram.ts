import type { TopLevelSpec } from 'vega-lite';
import { arrowLayers, pixelPlane, type PixelPoint } from './diagram';
import { CHART_CONFIG, CHART_WIDTH } from './theme';
import { wrapText } from './wrap-text';

/** One box of a diagram, placed on a grid. */
export interface DiagramBlock {
  /** unique, shown in bold */
  name: string;
  /** further lines: shape of the output, trainable parameters */
  lines: readonly string[];
  /** 0, 1, … from the left; halves are fine */
  column: number;
  /** 0, 1, … from the top */
  row: number;
  /** decides the colour */
  kind: 'input' | 'basic' | 'estimation' | 'shared' | 'output';
}

/** An arrow between two boxes, by name. */
export interface DiagramLink {
  from: string;
  to: string;
}

const FILLS: Record<DiagramBlock['kind'], string> = {
  input: '#f1f1f1',
  basic: '#d9e8f6',
  estimation: '#fde3c8',
  shared: '#e3dcf3',
  output: '#dff0df',
};
const NAME_LINE = 18;
const TEXT_LINE = 15;
const ROW_GAP = 30;
const COLUMN_GAP = 24;
const WIDEST_BOX = 230;

/**
 * A network as boxes with shapes and parameter counts (Fig. 2), data flowing down; arrows between neighbours in a row
 * go sideways.
 *
 * @throws Error when a link names a box that is not there
 */
export function blockDiagram(
  blocks: readonly DiagramBlock[],
  links: readonly DiagramLink[],
  title: string,
  notes: readonly string[] = [],
): TopLevelSpec {
  const columns = Math.max(...blocks.map((block) => block.column)) + 1;
  const rows = Math.max(...blocks.map((block) => block.row)) + 1;
  const boxWidth = Math.min(WIDEST_BOX, Math.floor((CHART_WIDTH - 10) / columns - COLUMN_GAP));
  const width = columns * (boxWidth + COLUMN_GAP);
  const boxHeight = NAME_LINE + TEXT_LINE * Math.max(...blocks.map((block) => block.lines.length)) + 10;
  const height = rows * (boxHeight + ROW_GAP) - ROW_GAP + 4;
  const plane = pixelPlane(width, height);
  const boxes = new Map(
    blocks.map((block) => {
      const x = block.column * (boxWidth + COLUMN_GAP) + COLUMN_GAP / 2;
      const y = block.row * (boxHeight + ROW_GAP) + 2;
      const box = { x, y, x2: x + boxWidth, y2: y + boxHeight, middle: x + boxWidth / 2, fill: FILLS[block.kind] };
      return [block.name, { ...block, ...box }];
    }),
  );
  const box = (name: string) => {
    const found = boxes.get(name);
    if (found) return found;
    throw new Error(
      `a link names the block '${name}', which the diagram has not: it has ${[...boxes.keys()].join(', ')}`,
    );
  };
  const arrows = links.map(({ from, to }) => ({ points: route(box(from), box(to)), colour: '#666', dashed: false }));
  const shapes = [...boxes.values()].map(({ x, y, x2, y2, fill }) => ({ x, y, x2, y2, fill }));
  const names = [...boxes.values()].map(({ name, middle, y }) => ({ text: name, x: middle, y: y + 5 + NAME_LINE / 2 }));
  const texts = [...boxes.values()].flatMap(({ lines, middle, y }) =>
    lines.map((text, i) => ({ text, x: middle, y: y + 5 + NAME_LINE + TEXT_LINE * (i + 0.5) })),
  );
  const text = { field: 'text', type: 'nominal' } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width,
    height,
    title: { text: title, subtitle: wrapText(notes) },
    layer: [
      ...arrowLayers(arrows, plane),
      {
        data: { values: shapes },
        mark: { type: 'rect', stroke: '#666', strokeWidth: 1, cornerRadius: 4, opacity: 1 },
        encoding: {
          ...plane,
          x2: { field: 'x2' },
          y2: { field: 'y2' },
          fill: { field: 'fill', type: 'nominal', scale: null },
        },
      },
      {
        data: { values: names },
        mark: { type: 'text', fontSize: 13, fontWeight: 'bold' },
        encoding: { ...plane, text },
      },
      { data: { values: texts }, mark: { type: 'text', fontSize: 11.5, color: '#333' }, encoding: { ...plane, text } },
    ],
    config: CHART_CONFIG,
  };
}

interface Box {
  x: number;
  y: number;
  x2: number;
  y2: number;
  middle: number;
}

/** From the lower edge down to the upper edge, with one step sideways half way; in one row straight from side to side. */
function route(from: Box, to: Box): PixelPoint[] {
  if (from.y === to.y) {
    const level = (from.y + from.y2) / 2;
    return from.x < to.x
      ? [
          [from.x2, level],
          [to.x, level],
        ]
      : [
          [from.x, level],
          [to.x2, level],
        ];
  }
  const turn = to.y - ROW_GAP / 2;
  if (from.middle === to.middle)
    return [
      [from.middle, from.y2],
      [to.middle, to.y],
    ];
  return [
    [from.middle, from.y2],
    [from.middle, turn],
    [to.middle, turn],
    [to.middle, to.y],
  ];
}
