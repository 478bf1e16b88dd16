import { textWidth } from './fonts';
import { CHART_WIDTH } from './theme';

const SUBTITLE_SIZE = 12;

/** Breaks each line between words so that, as a subtitle, none is wider than a chart. */
export function wrapText(lines: readonly string[], width = CHART_WIDTH - 10): string[] {
  const wrapped: string[] = [];
  for (const line of lines) {
    let current = '';
    for (const word of line.split(' ')) {
      const longer = current === '' ? word : `${current} ${word}`;
      if (current !== '' && textWidth(longer, SUBTITLE_SIZE) > width) {
        wrapped.push(current);
        current = word;
      } else current = longer;
    }
    wrapped.push(current);
  }
  return wrapped;
}
