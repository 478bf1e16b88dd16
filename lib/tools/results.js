/**
 * Makes the tables of measured numbers in Markdown from what the notebooks found (figures/claims/*.json):
 *
 *     npm run figures               writes figures/README.md, and the other READMEs between their markers
 *     npm run figures -- --check    writes nothing; exit code 1 names the files that are stale
 *
 * A marker in README.md or data/README.md is a comment: `<!-- table: NOTEBOOK NAME -->` or
 * `<!-- claims: NOTEBOOK | CLAIM | … -->`, up to `<!-- end -->`; in lib/README.md `<!-- file: PATH -->` or
 * `<!-- costs: ROWS OF A FULL TABLE, ITS PATH | … -->`.
 */
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '../..');
const folder = join(root, 'figures/claims');

/** Notebooks that are executed once the tables of Tiny-NanoBench are complete. */
const NEED_TINY_NANO_BENCH = ['13-estimation-code-nano', '14-lightweight-search'];

/** What each notebook found, by its name. */
function readFound() {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  return new Map(names.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(folder, name), 'utf8'))]));
}

/** Rows with the same keys as a table in Markdown. */
function markdownTable(rows) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells) => `| ${cells.map((cell) => String(cell ?? '–').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(keys), line(keys.map(() => '---')), ...rows.map((row) => line(keys.map((key) => row[key])))].join('\n');
}

/** 'cifar100_test', or 'cifar10_valid → cifar10_test' where another column judges. */
function columnsOf({ label, score }) {
  return label === undefined ? '–' : label === score ? label : `${label} → ${score}`;
}

/** The page of all figures: for each notebook its claims, with numbers, verdict, columns and pictures. */
function figuresPage(found) {
  const sections = [...found].map(([notebook, { claims }]) => {
    const rows = claims.map((claim) => ({
      figure: claim.figure,
      claim: claim.claim,
      'data set': claim.dataset,
      paper: claim.paper,
      ours: claim.ours,
      n: claim.n?.toLocaleString('en-US'),
      verdict: claim.verdict,
      column: columnsOf(claim),
      picture: (claim.pictures ?? []).map((name) => `[${name}](${name}.png)`).join(', ') || '–',
    }));
    return `## [${notebook}](../notebooks/${notebook}.ipynb)\n\n${markdownTable(rows)}`;
  });
  const waiting = !NEED_TINY_NANO_BENCH.every((notebook) => found.has(notebook));
  return `# Figures and what they say

Every claim that a notebook decides, with the numbers it decides by. This page is made from \`figures/claims\`, which the notebooks write, by \`npm run figures\`; a test says when it is stale.

- **Ours**: differences in percent points of test accuracy where nothing else is said, with the 95 % interval over paired repeats, the p of a sign-flip test, and n, the number of pairs.
- **Verdict**: a claim holds when its whole interval lies on its side and p, where there is one, is below 0.05. It looks at one comparison alone; where a p after Holm stands beside it, that one corrects for all comparisons of its notebook.
- **Column** of the benchmark's table: the one that trains and judges, or the one that trains → the one that judges. \`…_test\` is the mean of a cell's trials, \`…_one_trial\` one of them. \`cifar10_valid\` is, despite its name, a test accuracy: of one training on half of the images ([data](../data/README.md)).

Figs. 1, 4b, 7, 8b and 8d of the paper are of its Tiny-NanoBench, whose cells and accuracies are not published. Here they are of a reconstruction, not the authors' set, under a short training, the recipe \`reduced\` ([data card](../data/README.md#tiny-nanobench-data-card)).${waiting ? ' All but Fig. 4b wait for its tables, which are still being measured.' : ''}

${sections.join('\n\n')}
`;
}

/** A claim of a notebook by its text and, where several data sets have it, theirs: `TEXT @ DATA SET, POLICY`. */
function findClaim(claims, wanted) {
  const [text, where] = wanted.split(' @ ');
  const fits = claims.filter(
    (claim) => claim.claim === text && (where === undefined || `${claim.dataset}, ${claim.policy}` === where),
  );
  if (fits.length !== 1) throw new Error(`README.md: ${fits.length} claims are called "${wanted}"`);
  return fits[0];
}

/** README.md with the text between its markers made anew. */
function readmePage(readme, found) {
  return readme.replace(/(<!-- (table|claims): (.*?) -->\n)[^]*?(<!-- end -->)/g, (_, start, kind, what, end) => {
    const [notebook, ...names] = what.split(kind === 'table' ? ' ' : ' | ');
    const source = found.get(notebook);
    if (!source) throw new Error(`a README shows ${notebook}, which figures/claims has not: execute that notebook`);
    const rows =
      kind === 'table'
        ? source.tables[names[0]]
        : names.map((name) => {
            const { claim, dataset, ours, verdict } = findClaim(source.claims, name);
            return { claim, 'data set': dataset, ours, verdict };
          });
    return `${start}\n${markdownTable(rows)}\n\n${end}`;
  });
}

/** lib/README.md with the files between its markers as they are: `<!-- file: PATH -->`. */
function withFiles(page) {
  return page.replace(/(<!-- file: (.*?) -->\n)[^]*?(<!-- end -->)/g, (_, start, path, end) => {
    const text = readFileSync(join(root, path), 'utf8').trimEnd();
    return `${start}\n\`\`\`js\n${text}\n\`\`\`\n\n${end}`;
  });
}

/** Two digits at least: 39.6, 1.7, 1,234. */
function short(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

/** 79.3 h, 47.6 min, 39.6 s. */
function duration(seconds) {
  if (seconds >= 3600) return `${short(seconds / 3600)} h`;
  return seconds >= 60 ? `${short(seconds / 60)} min` : `${short(seconds)} s`;
}

/** The numbers of a column that is called `seconds`; none where the file is not there. Later columns have no commas. */
function secondsOf(path) {
  const [header, ...lines] = (read(path) ?? '').trim().split('\n');
  const fromEnd = header.split(',').length - header.split(',').indexOf('seconds');
  return lines.map((line) => Number(line.split(',').at(-fromEnd)));
}

/**
 * What full tables cost, from the `seconds` of the rows that are there: processor time, so that of one core. With more
 * cores no table is ready before its longest row.
 */
function costsTable(tables) {
  const rows = tables.map((table) => {
    const [, count, path] = /^([\d,]+) (\S+)$/.exec(table);
    const total = Number(count.replaceAll(',', ''));
    const seconds = secondsOf(join(root, path));
    const row = { table: `\`${path}\``, rows: count, measured: seconds.length.toLocaleString('en-US') };
    if (seconds.length === 0) return row;
    const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
    const longest = Math.max(...seconds);
    const timeOn = (cores) => duration(Math.max((total * mean) / cores, longest));
    return {
      ...row,
      'a row': duration(mean),
      longest: duration(longest),
      '1 core': timeOn(1),
      '10 cores': timeOn(10),
      '100 cores': timeOn(100),
      '1,000 cores': timeOn(1000),
    };
  });
  return markdownTable(rows);
}

/** A page with its tables of costs made anew. */
function withCosts(page) {
  return page.replace(
    /(<!-- costs: (.*?) -->\n)[^]*?(<!-- end -->)/g,
    (_, start, tables, end) => `${start}\n${costsTable(tables.split(' | '))}\n\n${end}`,
  );
}

/** The pages by their paths, as they should be. */
function pages() {
  const found = readFound();
  const readme = join(root, 'README.md');
  const data = join(root, 'data/README.md');
  const library = join(root, 'lib/README.md');
  return new Map([
    [join(root, 'figures/README.md'), figuresPage(found)],
    [readme, readmePage(readFileSync(readme, 'utf8'), found)],
    [data, readmePage(readFileSync(data, 'utf8'), found)],
    [library, withCosts(withFiles(readFileSync(library, 'utf8')))],
  ]);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function main(check) {
  for (const [path, text] of pages()) {
    if (read(path) === text) continue;
    if (!check) {
      writeFileSync(path, text);
      console.log(`${path}: written`);
      continue;
    }
    console.error(`${path} is stale; run: npm run figures`);
    process.exitCode = 1;
  }
}

if (require.main === module) {
  const strange = process.argv.slice(2).find((word) => word !== '--check');
  if (strange !== undefined) {
    console.error(`npm run figures takes --check or nothing, not ${strange}`);
    process.exit(2);
  }
  main(process.argv.includes('--check'));
}

module.exports = { figuresPage, markdownTable, readmePage };
