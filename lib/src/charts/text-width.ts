import { readFileSync } from 'node:fs';

/** Width of a text in pixels at the given font size, kerning left aside. */
export type TextWidth = (text: string, fontSize: number) => number;

const WIDTH_OF_UNKNOWN = 0.6; // em, for what the font has no glyph for

/**
 * Reads a TrueType font's own advance widths, so that charts are laid out alike on every machine: vega would else ask
 * a canvas where there is one, and count 0.8 em a letter where there is none.
 *
 * @param file path of a .ttf file with a format 4 character map (DejaVu has one)
 * @throws Error when the file is no such font
 */
export function readTextWidth(file: string): TextWidth {
  const font = readFileSync(file);
  const table = (name: string): number => {
    for (let i = 0; i < font.readUInt16BE(4); i++) {
      const record = 12 + 16 * i;
      if (font.toString('latin1', record, record + 4) === name) return font.readUInt32BE(record + 8);
    }
    throw new Error(`${file} has no '${name}' table: give a TrueType font, such as DejaVuSans.ttf`);
  };
  const unitsPerEm = font.readUInt16BE(table('head') + 18);
  const metrics = table('hmtx');
  const metricCount = font.readUInt16BE(table('hhea') + 34);
  const glyphOf = readCharacterMap(font, table('cmap'), file);
  const em = (character: string): number => {
    const glyph = glyphOf(character.codePointAt(0)!);
    if (glyph === 0) return WIDTH_OF_UNKNOWN;
    return font.readUInt16BE(metrics + 4 * Math.min(glyph, metricCount - 1)) / unitsPerEm;
  };
  const known = new Map<string, number>();
  return (text, fontSize) => {
    let width = 0;
    for (const character of text) {
      let one = known.get(character);
      if (one === undefined) known.set(character, (one = em(character)));
      width += one;
    }
    return width * fontSize;
  };
}

/** The glyph of a code point in the font's Unicode map (platform 3, encoding 1, format 4); 0 where it has none. */
function readCharacterMap(font: Buffer, cmap: number, file: string): (code: number) => number {
  for (let i = 0; i < font.readUInt16BE(cmap + 2); i++) {
    const record = cmap + 4 + 8 * i;
    const start = cmap + font.readUInt32BE(record + 4);
    if (font.readUInt16BE(record) !== 3 || font.readUInt16BE(record + 2) !== 1 || font.readUInt16BE(start) !== 4)
      continue;
    const bytes = font.readUInt16BE(start + 6); // twice the number of segments
    const ends = start + 14;
    const starts = ends + bytes + 2;
    return (code) => {
      for (let s = 0; s < bytes; s += 2) {
        if (code > font.readUInt16BE(ends + s)) continue;
        const first = font.readUInt16BE(starts + s);
        if (code < first) return 0;
        const delta = font.readUInt16BE(starts + bytes + s);
        const offsetAt = starts + 2 * bytes + s;
        const offset = font.readUInt16BE(offsetAt);
        if (offset === 0) return (code + delta) & 0xffff;
        const glyph = font.readUInt16BE(offsetAt + offset + 2 * (code - first));
        return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
      }
      return 0;
    };
  }
  throw new Error(`${file} has no Unicode character map of format 4: give DejaVuSans.ttf`);
}
