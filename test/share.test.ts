/** Shared notebooks: one page each that loads nothing, with everything in it, and that a browser draws without a network. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import type { TopLevelSpec } from 'vega-lite';
import { renderPng } from '../lib/src/charts/render';
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
  function write(name: string, markdown: string, outputs: object[] = []): string {
    const path = join(folder, `${name}.ipynb`);
    const code = {
      cell_type: 'code',
      id: 'c02',
      execution_count: 1,
      metadata: {},
      outputs,
      source: 'const n = 1 < 2;',
    };
    const cells = [{ cell_type: 'markdown', id: 'c01', metadata: {}, source: markdown }, code];
    writeFileSync(path, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    return path;
  }

  const page = (name: string): string => readFileSync(join(folder, `${name}.html`), 'utf8');
  /** Without what scripts hold. */
  const markup = (name: string): string => page(name).replace(/<script\b[^]*?<\/script>/g, '');

  it('hold code, tables, charts and pictures, and refer to nothing that a browser would fetch', async () => {
    const { code, out } = await share(notebook, '--out', folder);
    assert.equal(code, 0, out);
    assert.match(out, new RegExp(`^${join(folder, '04-flops-versus-accuracy.html')} {2}\\d\\.\\d MB\\n$`));
    const html = markup('04-flops-versus-accuracy');
    assert.match(html, /<title>04 · /);
    assert.match(html, /<h2 id="Settings">Settings</);
    assert.match(html, /<span class="kd">const<\/span>/);
    assert.match(html, /<table>/);
    assert.match(html, /<figure class="chart">\n<img alt="Fig\. 4a: [^"]+" src="data:image\/png;base64,/);
    const loaded = html.match(/\s(?:src|srcset)="(?!data:)|<link|<iframe|<object|@import|url\(/g);
    assert.equal(loaded, null);
    assert.doesNotMatch(page('04-flops-versus-accuracy'), /sourceMappingURL|<script [^>]*src=/);
  });

  it('put pictures inside, point links at pages, and leave no link to a file that is not there', async () => {
    writeFileSync(join(folder, 'dot.png'), await renderPng(bars));
    const other = write('other', '# Other');
    const links = '[other](other.ipynb) [web](https://example.org/) [gone](../README.md) ![dot](dot.png)';
    const { code, out } = await share(write('links', `# *Links*\n\n${links}`), other, '--out', folder);
    assert.equal(code, 0, out);
    const html = markup('links');
    assert.match(html, /<title>Links<\/title>/);
    assert.match(
      html,
      /<a href="other.html">other<\/a> <a href="https:\/\/example.org\/">web<\/a> gone <img alt="dot" src="data:/,
    );
    assert.ok(page('links').length < 100_000, 'without charts there is no chart library');
    assert.match(out, /links\.ipynb: its outputs are older than its code/);
  });

  it('are not written with a picture missing', async () => {
    const { code, out } = await share(write('missing', '![dot](no-such.png)'), '--out', folder);
    assert.equal(code, 1);
    assert.match(out, /missing\.ipynb: no-such\.png is not there/);
    assert.ok(!existsSync(join(folder, 'missing.html')));
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
