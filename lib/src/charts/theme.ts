/** What all charts share: sizes, type, and the colour and name of each method. */
import type { Config } from 'vega-lite';

/** Width of a chart in pixels: what a notebook shows without scrolling. */
export const CHART_WIDTH = 720;

/** Half width of a band in standard deviations: the paper's figures draw 0.25 without saying so (protocol §5.1). */
export const BAND_IN_STD = 0.25;

/** Legends stand below the chart, one under the other: vega's own setting, which vega-lite's types do not declare. */
const LEGENDS_BELOW = { layout: { bottom: { anchor: 'start', direction: 'vertical', margin: 6 } } } as object;

/** Fonts, sizes and lines of every chart. */
export const CHART_CONFIG: Config = {
  font: 'DejaVu Sans, sans-serif',
  background: 'white',
  view: { stroke: null },
  title: { anchor: 'start', fontSize: 15, subtitleFontSize: 12, subtitleColor: '#555', subtitlePadding: 5, offset: 12 },
  axis: {
    labelFontSize: 12,
    titleFontSize: 13,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelFlush: false,
    gridColor: '#e6e6e6',
    domainColor: '#888',
    tickColor: '#888',
  },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: 0,
    symbolSize: 160,
    orient: 'bottom',
    columns: 5,
    columnPadding: 14,
    ...LEGENDS_BELOW,
  },
  header: { labelFontSize: 12, titleFontSize: 13 },
};

/** Blue and grey of Fig. 4a, and red of Fig. 8a. */
export const COLOURS = {
  blue: 'rgb(51,121,201)',
  red: 'rgb(227,23,13)',
  grey: 'rgb(150,150,150)',
  brpNas: 'rgb(183,127,221)', // protocol §5.1
} as const;

/** How a method is drawn. */
export interface MethodStyle {
  /** name in a legend */
  label: string;
  /** CSS colour */
  colour: string;
}

/** The paper's methods in its order and colours (protocol §5.1), and random search in black. */
export const METHOD_STYLES: Readonly<Record<string, MethodStyle>> = {
  predictor: { label: 'naive predictor', colour: 'rgb(128,128,105)' },
  siams: { label: 'siams', colour: 'rgb(244,164,96)' },
  'siams+nsam': { label: 'siams +NSAM', colour: 'rgb(227,23,13)' },
  'siams+nsam+bts': { label: 'siams +NSAM +BTS', colour: 'rgb(51,161,201)' },
  random: { label: 'random search', colour: 'rgb(30,30,30)' },
};

/** How the line of a search is drawn. */
export interface SearchStyle {
  colour: string;
  dash: number[];
}

/**
 * How searches of all kinds are drawn beside each other, by title: what knows nothing in black, what walks in browns and
 * greens, what a score orders dashed, models in strong colours.
 */
const SEARCH_STYLES: Readonly<Record<string, SearchStyle>> = {
  'random search': { colour: 'rgb(30,30,30)', dash: [1, 0] },
  evolution: { colour: 'rgb(150,100,40)', dash: [1, 0] },
  'local search': { colour: 'rgb(60,140,60)', dash: [1, 0] },
  'local search, first better': { colour: 'rgb(130,190,90)', dash: [1, 0] },
  'local search from synflow': { colour: 'rgb(60,140,60)', dash: [5, 3] },
  'top of FLOPs': { colour: 'rgb(150,150,150)', dash: [5, 3] },
  'top of synflow': { colour: 'rgb(230,140,0)', dash: [5, 3] },
  'naive predictor, N + 20': { colour: 'rgb(128,128,105)', dash: [1, 0] },
  'siams +NSAM +BTS, N + 20': { colour: 'rgb(51,161,201)', dash: [1, 0] },
  'path-sum regression': { colour: 'rgb(227,23,13)', dash: [1, 0] },
  'synflow prior': { colour: 'rgb(122,60,180)', dash: [5, 3] },
  'path sums, synflow on trial': { colour: 'rgb(200,60,130)', dash: [1, 0] },
  'path sums, two scores as means': { colour: 'rgb(240,130,130)', dash: [1, 0] },
  'operations, no score': { colour: 'rgb(227,23,13)', dash: [2, 2] },
  'Neural Predictor': { colour: 'rgb(20,60,160)', dash: [1, 0] },
  'BRP-NAS, reduced': { colour: 'rgb(122,60,180)', dash: [1, 0] },
  BANANAS: { colour: 'rgb(190,170,0)', dash: [1, 0] },
};

/** The style of a search by its title, whether that says its number of repeats, as ` (n = 30)`, or not; undefined if none. */
export function searchStyle(title: string): SearchStyle | undefined {
  return SEARCH_STYLES[title.replace(/ \(n = \d+\)$/, '')];
}

const SPARE_COLOURS = ['rgb(0,135,90)', 'rgb(122,60,180)', 'rgb(200,60,130)', 'rgb(110,80,40)'];

/**
 * Styles of the methods that occur, in the paper's order; a method that the paper has not comes after them under its
 * own name, in a spare colour.
 */
export function methodStyles(methods: Iterable<string>): Map<string, MethodStyle> {
  const present = new Set(methods);
  const styles = new Map<string, MethodStyle>();
  for (const [method, style] of Object.entries(METHOD_STYLES)) if (present.has(method)) styles.set(method, style);
  let spare = 0;
  for (const method of present) {
    if (styles.has(method)) continue;
    styles.set(method, { label: method, colour: SPARE_COLOURS[spare++ % SPARE_COLOURS.length]! });
  }
  return styles;
}
