/** Shared notebooks: one page each that loads nothing, with everything in it, and that a browser draws without a network. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import type { TopLevelSpec } from 'vega-lite';
import { renderPng } from '../lib/src/charts/render';
import { tableHtml } from '../lib/src/notebook/table';
import { launchChromium, needChromium } from './chromium';
import { runPython, type Result } from './run-python';

const root = join(__dirname, '..');
const notebook = join(root, 'notebooks/04-flops-versus-accuracy.ipynb');

const share = (...args: string[]): Promise<Result> => runPython('share.py', args);

const bars: TopLevelSpec = {
  data: { values: [{ name: '</script><b>', height: 2 }] },
  mark: 'bar',
  encoding: {
    x: { field: 'name', type: 'nominal' },
    y: { field: 'height', type: 'quantitative' },
    tooltip: [{ field: 'name', type: 'nominal', title: 'what' }],
  },
};

describe('shared notebooks', function () {
  this.timeout(180_000); // Python starts slowly on a busy machine
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'share-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Writes a notebook of a markdown cell and a code cell with outputs; returns its path. */
  function write(
    name: string,
    markdown: string,
    outputs: object[] = [],
    attachments?: object,
    count: number | null = 1,
  ): string {
    const path = join(folder, `${name}.ipynb`);
    const code = {
      cell_type: 'code',
      id: 'c02',
      execution_count: count,
      metadata: {},
      outputs,
      source: 'const n = 1 < 2;',
    };
    const text = { cell_type: 'markdown', id: 'c01', metadata: {}, source: markdown, attachments };
    const cells = [text, code];
    writeFileSync(path, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    return path;
  }

  const page = (name: string): string => readFileSync(join(folder, `${name}.html`), 'utf8');
  /** Without what scripts and styles hold. */
  const markup = (name: string): string => page(name).replace(/<(script|style)\b[^]*?<\/\1>/g, '');

  describe('of many notebooks, good and bad', () => {
    let result: Result;
    before(async () => {
      const png = await renderPng(bars);
      writeFileSync(join(folder, 'dot.png'), png);
      writeFileSync(join(folder, 'a dot ü.png'), png);
      writeFileSync(join(folder, 'text.txt'), 'x');
      writeFileSync(join(folder, 'broken.ipynb'), '{ "cells": [');
      const looks = `src="x.png" <img src='y'>`;
      const pictures = [
        '# Pictures',
        '![1](<a dot ü.png>) ![2](a%20dot%20%C3%BC.png) <img src="a dot ü.png" alt="3">',
        '![4](attachment:my%20dot.png) ![5](<attachment:my dot.png>)',
        '[![badge](https://example.org/badge.svg)](https://example.org/ci) ![plot](https://example.org/plot.png)',
        '<video src="https://example.org/film.mp4"></video> <iframe src="local.html"></iframe>',
      ];
      const attachments = { 'my dot.png': { 'image/png': Buffer.from(png).toString('base64') } };
      const verdicts = ['holds', 'does not hold', 'not decidable with these n'].map((verdict) => ({
        claim: 'x',
        verdict,
      }));
      const notebooks = [
        notebook,
        join(folder, 'broken.ipynb'),
        write('other', '# Other'),
        write(
          'links',
          '# *Links*\n\n[other](other.ipynb) [web](https://example.org/) [gone](../README.md) ![dot](dot.png)',
        ),
        write(
          'looks',
          `\`\`\`python\n# no title: src="x"\n\`\`\`\n\nA line says src="x" and \`<img src="gone.png">\`.\n\n` +
            `    <img src="gone.png"> ${looks}\n\n# Real *title*`,
          [{ output_type: 'stream', name: 'stdout', text: `<img src="z.png"> ${looks}\n` }],
        ),
        write('missing', '![dot](no-such.png)'),
        write('pictures', pictures.join('\n\n'), [], attachments),
        write('lost', '![a b](<attachment:a b.png>)'),
        write('no-picture', '![text](text.txt)'),
        write(
          'formulas',
          '# Formulas\n\nInline $S_1 + S_2 < S_0$, and\n\n$$\\sum_i x_i$$\n\nand $\\frac{1$ and `$x$`',
          [{ output_type: 'display_data', metadata: {}, data: { 'text/latex': '$$\\alpha$$' } }],
        ),
        write('twice', '# Twice\n\n## Result\n\n### Part\n\n## Result\n\n## Verdict: yes', [
          { output_type: 'display_data', metadata: {}, data: { 'text/html': tableHtml(verdicts) } },
        ]),
        write('never', '# Never', [], undefined, null),
      ];
      result = await share(...notebooks, '--out', folder);
    });

    it('hold code, tables, charts and pictures, and refer to nothing that a browser would fetch', () => {
      assert.match(result.out, new RegExp(`^${join(folder, '04-flops-versus-accuracy.html')} {2}\\d\\.\\d MB$`, 'm'));
      const html = markup('04-flops-versus-accuracy');
      assert.match(html, /<title>04 · /);
      assert.match(html, /<nav [^]*<li class="h2"><a href="#Settings">Settings<\/a><\/li>[^]*<\/nav>/);
      assert.match(html, /<h2 id="Settings">Settings</);
      assert.match(html, /<summary>\d+ lines of code: <code>/);
      assert.match(html, /<span class="kd">const<\/span>/);
      assert.match(html, /<table>/);
      assert.match(html, /<figure class="chart">\n<img alt="Fig\. 4a: [^"]+" src="data:image\/png;base64,/);
      const loaded = html.match(/\s(?:src|srcset)="(?!data:)|<link|<iframe|<object/g);
      assert.equal(loaded, null);
      assert.doesNotMatch(page('04-flops-versus-accuracy').replace(/<script\b[^]*?<\/script>/g, ''), /@import|url\(/);
      assert.doesNotMatch(page('04-flops-versus-accuracy'), /sourceMappingURL|<script [^>]*src=/);
    });

    it('put pictures inside, point links at pages, and leave no link to a file that is not there', () => {
      const html = markup('links');
      assert.match(html, /<title>Links<\/title>/);
      assert.match(
        html,
        /<a href="other.html">other<\/a> <a href="https:\/\/example.org\/">web<\/a> gone <img alt="dot" src="data:/,
      );
      assert.ok(page('links').length < 100_000, 'without charts there is no chart library');
    });

    it('take everything that looks like a tag, a source or a title for what it is: text', () => {
      assert.match(markup('looks'), /<title>Real title<\/title>/);
      assert.match(markup('looks'), /&lt;img src="z\.png"&gt;/);
    });

    it('hold pictures and attachments whatever their names, and name what is elsewhere', () => {
      const html = markup('pictures');
      assert.deepEqual(
        [...html.matchAll(/<img alt="(\d)" src="data:image\/png;base64,/g)].map(([, name]) => name),
        ['1', '2', '3', '4', '5'],
      );
      assert.match(
        html,
        /<a href="https:\/\/example.org\/ci">badge<\/a> <a href="https:\/\/example.org\/plot.png">plot<\/a>/,
      );
      assert.match(html, /<a href="https:\/\/example.org\/film.mp4">[^]*\(iframe local\.html\)/);
    });

    it('draw formulas, and leave one that is none as it is written', () => {
      const html = markup('formulas');
      assert.equal(html.match(/<math /g)?.length, 3);
      assert.match(html, /<msub><mi>S<\/mi><mn>1<\/mn><\/msub>/);
      assert.equal(html.match(/display="block"/g)?.length, 2);
      assert.match(html, /<code class="formula">\\frac{1<\/code> and <code>\$x\$<\/code>/);
      assert.match(result.out, /formulas\.ipynb: a formula is left as it is written: /);
    });

    it('name their headings apart, list them, and set verdicts off', () => {
      const html = markup('twice');
      const listed = [...html.matchAll(/<li class="([^"]+)"><a href="#([^"]+)">/g)].map((found) => found.slice(1));
      assert.deepEqual(listed.slice(0, 2), [
        ['h2', 'Result'],
        ['h3', 'Part'],
      ]);
      assert.deepEqual(listed.at(-1), ['h2 verdict', 'Verdict:-yes']);
      const names = [...html.matchAll(/<h\d id="([^"]+)"/g)].map(([, name]) => name);
      assert.equal(new Set(names).size, 5);
      assert.ok(names.includes(listed[2]![1]));
      assert.deepEqual(
        [...html.matchAll(/<td class="decided (\w+)"/g)].map(([, kind]) => kind),
        ['holds', 'fails', 'open'],
      );
      assert.match(html, /<section class="verdict">[^]*Verdict: yes[^]*decided holds[^]*<\/section>/);
    });

    it('say of outputs what is known of them', () => {
      assert.match(result.out, /never\.ipynb: it has not been executed/);
      assert.match(result.out, /links\.ipynb: it was last executed by hand, so its outputs may be of older code/);
    });

    it('are written although others cannot be, and these say why', () => {
      assert.equal(result.code, 1);
      assert.match(result.out, /broken\.ipynb: this file is no notebook \(/);
      assert.match(result.out, /missing\.ipynb: no-such\.png is not there/);
      assert.match(result.out, /lost\.ipynb: a b\.png is not attached to its cell/);
      assert.match(result.out, /no-picture\.ipynb: text\.txt is no picture/);
      const without = ['broken', 'missing', 'lost', 'no-picture'].filter(
        (name) => !existsSync(join(folder, `${name}.html`)),
      );
      assert.equal(without.length, 4);
    });
  });

  it('are refused when two of them would be one file', async () => {
    mkdirSync(join(folder, 'inner'), { recursive: true });
    const one = write('same', '# One');
    const two = write('inner/Same', '# Two');
    const { code, out } = await share(one, two, '--out', folder);
    assert.equal(code, 2);
    assert.match(out, /same\.ipynb and .*Same\.ipynb would be the same page/);
  });

  it('stay as they were when there is no room for new ones', async () => {
    const path = write('room', `# Room\n\n${'More. '.repeat(1000)}`);
    writeFileSync(join(folder, 'room.html'), 'an older page');
    const full = await runPython('share.py', [path, '--out', folder], { largestFile: 4096 });
    assert.equal(full.code, 1);
    assert.match(full.out, /room\.ipynb: its page is not written, an older one stays as it is: File too large/);
    assert.equal(page('room'), 'an older page');
    assert.deepEqual(
      readdirSync(folder).filter((file) => file.endsWith('.part')),
      [],
    );
  });

  it('lie where the user typed the command', async () => {
    const path = write('typed', '# Typed');
    const npm = {
      npm_lifecycle_script: 'bash setup.sh && python lib/tools/share.py',
      npm_package_json: join(root, 'package.json'),
    };
    const typed = { cwd: root, env: { ...npm, INIT_CWD: folder } };
    const { code, out } = await runPython('share.py', ['typed.ipynb', '--out', 'typed here'], typed);
    assert.equal(code, 0, out);
    assert.ok(existsSync(join(folder, 'typed here', 'typed.html')), path);
  });

  it('say so when there is no room for what they print', async () => {
    const { code, out } = await runPython('share.py', [write('loud', '# Loud'), '--out', folder], {
      into: '/dev/full',
    });
    assert.equal(code, 1);
    assert.match(
      out,
      /^loud\.ipynb: it was last executed by hand.*\nThe output is incomplete: .*No space left on device/,
    );
  });

  it('end with 2 and a message for wrong use', async () => {
    const unknown = await share('no-such-notebook', '--out', folder);
    assert.equal(unknown.code, 2);
    assert.match(unknown.out, /no notebook is called no-such-notebook; there are: 01-search-space, /);
    const nowhere = await share(notebook, '--out', '/dev/null/pages');
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.out, /--out \/dev\/null\/pages is no folder and cannot be made: Not a directory/);
  });

  describe('in a browser without a network', () => {
    let browser: Browser;
    before(async function () {
      needChromium(this);
      browser = await launchChromium();
    });
    after(() => browser?.close());

    /** Opens a page and returns it with what was asked of the network and what the console said. */
    async function open(name: string, javaScriptEnabled = true) {
      const context = await browser.newContext({ javaScriptEnabled });
      const tab = await context.newPage();
      const asked: string[] = [];
      const said: string[] = [];
      await context.route(
        (url) => url.protocol !== 'file:' && url.protocol !== 'data:',
        (route) => {
          asked.push(route.request().url());
          return route.abort();
        },
      );
      tab.on('console', (message) => said.push(message.text()));
      tab.on('pageerror', (error) => said.push(error.message));
      await tab.goto(pathToFileURL(join(folder, `${name}.html`)).href);
      return { tab, asked, said };
    }

    it('draw their charts', async () => {
      await share(notebook, '--out', folder);
      const { tab, asked, said } = await open('04-flops-versus-accuracy');
      await tab.locator('.chart svg.marks path').first().waitFor({ state: 'attached', timeout: 60_000 });
      assert.ok((await tab.locator('.chart svg.marks .mark-symbol path').count()) > 100);
      assert.equal(await tab.locator('.chart img:visible').count(), 0);
      assert.deepEqual([asked, said], [[], []]);
    });

    it('answer the pointer, and take what is written in data as text', async () => {
      const chart = { 'application/vnd.vegalite.v5+json': bars, 'text/plain': 'bars' };
      const png = Buffer.from(await renderPng(bars)).toString('base64');
      const output = { output_type: 'display_data', metadata: {}, data: { ...chart, 'image/png': png } };
      await share(write('bars', '# Bars', [output]), '--out', folder);
      const { tab, said } = await open('bars');
      await tab.locator('.mark-rect path').first().hover();
      assert.equal(await tab.locator('#tooltip td').allTextContents().then(String), 'what,</script><b>');
      await tab.mouse.move(0, 0);
      await tab.locator('#tooltip').waitFor({ state: 'hidden' });
      assert.deepEqual(said, []);

      const { tab: still } = await open('bars', false);
      assert.equal(await still.locator('.chart img:visible').count(), 1, 'without JavaScript the picture stays');
    });
  });
});
