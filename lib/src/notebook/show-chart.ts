import type { TopLevelSpec } from 'vega-lite';
import { renderPng, writeFigure } from '../charts/render';
import { writeOutput } from './kernel-output';
import { isFast } from './settings';

const PIXELS = 2; // of the picture for one of the chart, for sharp text on dense screens
const LARGEST_JSON = 400_000; // characters; a chart of more rows is stored as a picture only

/**
 * Shows a chart below the running cell: a PNG, which every viewer of notebooks can show, and the interactive chart with
 * its tooltips for those that can, as long as its rows are few. SVG is left out: JupyterLab hides it in a notebook that
 * it does not trust.
 */
export async function showChart(spec: TopLevelSpec): Promise<void> {
  const png = Buffer.from(await renderPng(spec, PIXELS));
  const width = png.readUInt32BE(16) / PIXELS; // PNG header
  const json = JSON.stringify(spec);
  writeOutput(
    {
      'image/png': png.toString('base64'),
      ...(json.length <= LARGEST_JSON && { 'application/vnd.vegalite.v5+json': JSON.parse(json) as object }),
      'text/plain': chartTitle(spec),
    },
    { 'image/png': { width } },
  );
}

/**
 * Shows a chart, and keeps it as SVG and PNG among the figures; with shrunken settings it is only shown.
 *
 * @param name of the files, without ending
 * @param folder that they go to; by default the repository's, as seen from a notebook
 */
export async function showFigure(spec: TopLevelSpec, name: string, folder = '../figures'): Promise<void> {
  await showChart(spec);
  if (!isFast()) await writeFigure(spec, name, folder);
}

function chartTitle({ title }: TopLevelSpec): string {
  const text = typeof title === 'object' && 'text' in title ? title.text : title;
  return typeof text === 'string' ? text : 'chart';
}
