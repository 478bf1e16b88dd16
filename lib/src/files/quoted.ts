/** Characters that look like nothing, or like another one, and that JSON leaves as they are. */
const INVISIBLE = /[\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]/g;

/** Longest text that a message shows whole, and how many names of a list, characters and names. */
const LONGEST = 120;
const MOST = 12;

/**
 * A text of a file for a message: in double quotes, on one line, with characters that one cannot see spelt out, and cut
 * where it is longer than a line or two.
 */
export function quoted(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(shown).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Names for a message, separated by commas: the first dozen, and how many more there are. An empty one is spelt out. */
export function listed(names: readonly (string | number)[]): string {
  const shown = names.slice(0, MOST).map((name) => {
    const text = String(name);
    if (text === '') return '(no name)';
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  });
  const more = names.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more.toLocaleString('en')} more` : '');
}
