/** Charts, as `nas.charts`: rows in, vega-lite out; rendered to SVG and PNG. */

export { renderSvg, writeFigure } from './charts/render';
export { figure8, FIGURE_8A_REGIONS, type PriorRow } from './charts/figure8';
export { accuracyHistogram } from './charts/accuracy-histogram';
export { figure2 } from './charts/figure2';
export { figure5 } from './charts/figure5';
export { attentionHeatMap } from './charts/attention-heat-map';
export { ablationForest } from './charts/ablation-forest';
export { codeWorthChart } from './charts/code-worth-chart';
export { savingsChart } from './charts/savings-chart';
export { figure6b } from './charts/figure6b';
export { figure6a } from './charts/figure6a';
export { regretChart } from './charts/regret-chart';
export { figure4 } from './charts/figure4';
export { figure4b } from './charts/figure4b';
export { figure7 } from './charts/figure7';
export { correlationBars } from './charts/correlation-bars';
export { cellDrawingChart } from './charts/cell-drawing-chart';
export { CHART_CONFIG, CHART_WIDTH, COLOURS } from './charts/theme';
