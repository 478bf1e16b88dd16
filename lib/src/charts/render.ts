import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { replaceFile } from '../files/replace-file';
import { BOLD_FONT, REGULAR_FONT, boldTextWidth, textWidth } from './fonts';

/** What vega asks about a text: one line, or several, in a font. */
interface MeasuredItem {
  fontSize?: number;
  fontWeight?: string | number;
}

/** What vega exports and its declaration file leaves out: the hook for text widths, and the counter of clip ids. */
const { textMetrics, resetSVGClipId } = vega as unknown as {
  textMetrics: { width: (item: MeasuredItem, text: unknown) => number };
  resetSVGClipId: () => void;
};
textMetrics.width = (item, text) => {
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600;
  const words = typeof text === 'string' || typeof text === 'number' ? String(text) : '';
  return (bold ? boldTextWidth : textWidth)(words, item.fontSize ?? 11);
};

/**
 * Draws a vega-lite chart as SVG text. The same chart gives the same bytes on every machine: no canvas, no clock and
 * no font of the system takes part.
 */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  resetSVGClipId();
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none', logLevel: vega.Error });
  try {
    // A legend below the plot gets its height when the title above has its place already: laid out once, a title can lie
    // outside the picture.
    await view.runAsync();
    await view.resize().runAsync();
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Draws a vega-lite chart as a PNG on white, `scale` pixels for each pixel of the SVG, in DejaVu Sans alone. */
export async function renderPng(spec: TopLevelSpec, scale = 2): Promise<Uint8Array> {
  return rasterise(await renderSvg(spec), scale);
}

/**
 * Writes a chart to `folder/name.svg` and `folder/name.png` (at twice the size) and returns the two paths.
 * The folder is made where it is missing. An earlier picture stays until the new one is whole (see `replaceFile`).
 */
export async function writeFigure(
  spec: TopLevelSpec,
  name: string,
  folder = 'figures',
): Promise<{ svg: string; png: string }> {
  const text = await renderSvg(spec);
  const picture = rasterise(text, 2);
  const svg = join(folder, `${name}.svg`);
  const png = join(folder, `${name}.png`);
  replaceFile(svg, `${text}\n`);
  replaceFile(png, picture);
  return { svg, png };
}

function rasterise(svg: string, scale: number): Uint8Array {
  const font = {
    loadSystemFonts: false,
    fontFiles: [REGULAR_FONT, BOLD_FONT],
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
  };
  return new Resvg(svg, { font, background: 'white', fitTo: { mode: 'zoom', value: scale } }).render().asPng();
}
