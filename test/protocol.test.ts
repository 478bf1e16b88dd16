/** lib/PROTOCOL.md, the specification that the sources cite: what is cited has to be there. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
const protocol = readFileSync(path.join(root, 'lib', 'PROTOCOL.md'), 'utf8');
const headings = [...protocol.matchAll(/^##+ (.+)$/gm)].map(([, title]) => title!);
const sections = headings.map((title) => /^(\d+(\.\d+)?)\.? /.exec(title)?.[1] ?? title);

/** Files that are made, not written. */
const MADE = new Set(['build', 'cells', 'node_modules']);

/** All files below a folder, as paths from the project's root. */
function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (!entry.isDirectory()) return /\.(ts|cc|h|ipynb|py|js|j2|md)$/.test(entry.name) ? [file] : [];
    return MADE.has(entry.name) || entry.name.startsWith('.') ? [] : filesBelow(file);
  });
}

describe('the protocol', () => {
  it('has every section that is cited', () => {
    const files = [
      ...['lib/src', 'lib/native', 'test', 'notebooks'].flatMap(filesBelow),
      'README.md',
      'data/README.md',
    ];
    const cited = files.flatMap((file) =>
      [...readFileSync(path.join(root, file), 'utf8').matchAll(/§\s?(\d+(?:\.\d+)?)/g)].map(([, section]) => {
        return { file, section: section! };
      }),
    );
    assert.ok(cited.length > 150, `${cited.length} citations found`);
    assert.deepEqual(
      cited.filter(({ section }) => !sections.includes(section)),
      [],
    );
  });

  it('has sections that are numbered in order, and refers to its own', () => {
    const numbers = sections.map(Number);
    assert.ok(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!));
    for (const [, section] of protocol.matchAll(/§(\d+(?:\.\d+)?)/g)) assert.ok(sections.includes(section!), section);
  });

  it('has contents that lead to its sections', () => {
    const anchors = headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s/g, '-'),
    );
    const links = [...protocol.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor!);
    assert.equal(links.length, 11);
    for (const link of links) assert.ok(anchors.includes(link), link);
  });
});
