/** A person's way: JupyterLab in a real browser, Run All on a notebook, and all of its charts, tables and lines are there. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, needChromium } from './chromium';

const root = join(__dirname, '..');
const notebook = '01-search-space.ipynb';

/** 100,000 lines, 5 MB, in less than a second; and a table behind them. */
const talkative = {
  cells: [
    `for (let i = 0; i < 100_000; i++) console.log('a line of output that one would not miss', i);`,
    `import { showTable } from 'siamese-nas';\nshowTable([{ behind: 'them' }]);\nconsole.log('the end');`,
  ].map((source, i) => ({ cell_type: 'code', id: `c${i}`, execution_count: null, metadata: {}, outputs: [], source })),
  metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
  nbformat: 4,
  nbformat_minor: 5,
};

describe('a notebook in the browser', function () {
  this.timeout(300_000);
  let folder: string;
  let lab: ChildProcess;
  let browser: Browser;
  let page: Page;
  let address: (name: string) => string;

  before(async function () {
    needChromium(this);
    // A copy with the same surroundings, inside the checkout so that the kernel finds the packages.
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache', 'browser-'));
    for (const name of ['notebooks', 'figures']) mkdirSync(join(folder, name));
    symlinkSync(join(root, 'data'), join(folder, 'data'));
    copyFileSync(join(root, 'notebooks', notebook), join(folder, 'notebooks', notebook));

    writeFileSync(join(folder, 'notebooks', 'talkative.ipynb'), JSON.stringify(talkative));

    address = await startLab();
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  });
  after(async () => {
    await browser?.close();
    if (lab) await new Promise((done) => lab.once('exit', done) && lab.kill('SIGTERM'));
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Starts JupyterLab with settings of its own, and returns the address of a notebook. */
  function startLab(): Promise<(name: string) => string> {
    const own = (name: string): string => join(folder, 'jupyter', name);
    lab = spawn(
      join(root, '.venv/bin/python'),
      [
        '-m',
        'jupyterlab',
        '--no-browser',
        '--allow-root',
        '--ip=127.0.0.1',
        '--ServerApp.token=test',
        '--notebook-dir=notebooks',
      ],
      {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          NAS_FAST: '1',
          JUPYTER_CONFIG_DIR: own('config'),
          JUPYTER_DATA_DIR: own('data'),
          JUPYTER_RUNTIME_DIR: own('runtime'),
          JUPYTERLAB_SETTINGS_DIR: own('settings'),
          JUPYTERLAB_WORKSPACES_DIR: own('workspaces'),
        },
      },
    );
    return new Promise((resolve, reject) => {
      let log = '';
      lab.stderr!.on('data', (text: Buffer) => {
        log += text.toString();
        const port = /http:\/\/127\.0\.0\.1:(\d+)\/lab\?token/.exec(log)?.[1];
        if (port) resolve((name) => `http://127.0.0.1:${port}/lab/tree/${name}?reset&token=test`);
      });
      lab.once('exit', () => reject(new Error(`JupyterLab does not start:\n${log}`)));
    });
  }

  /** Opens a notebook and runs it as a person would, until each cell has its number. */
  async function runAll(name: string): Promise<void> {
    await page.goto(address(name), { timeout: 120_000 }); // without what was open before
    const status = page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]');
    await page.locator('.jp-KernelName:has-text("TypeScript")').waitFor({ timeout: 120_000 });
    await status.waitFor({ timeout: 120_000 });
    // The outputs are cleared first: what is seen afterwards is what ran.
    for (const item of ['Edit', 'Clear Outputs of All Cells', 'Run', 'Run All Cells'])
      await page.click(`text="${item}"`);
    const prompts = page.locator('.jp-CodeCell .jp-InputPrompt');
    const ran = async (): Promise<boolean> => {
      const texts = await prompts.allTextContents();
      return texts.length > 0 && texts.every((text) => /\[\d+\]/.test(text));
    };
    while (!(await ran())) await page.waitForTimeout(500);
  }

  const stderr = (): Promise<string[]> =>
    page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').allTextContents();

  it('runs from top to bottom and shows its charts and tables', async () => {
    await runAll(notebook);
    const outputs = page.locator('.jp-OutputArea-output');
    const seen = {
      charts: await outputs.locator('.vega-embed canvas.marks').count(),
      tables: await outputs.locator('table').count(),
    };
    assert.deepEqual(await stderr(), []);
    assert.ok(seen.charts >= 2 && seen.tables >= 5, JSON.stringify(seen));
    assert.equal(await page.locator('text=/Jupyter news/').count(), 0, 'nobody is asked about news');
  });

  it('shows all that a cell prints, and what comes behind it', async () => {
    await runAll('talkative.ipynb');
    const last = page.locator('.jp-CodeCell').nth(1);
    await last.locator('table td:has-text("them")').waitFor();
    await last.locator('pre:has-text("the end")').waitFor();
    const lines = await page.locator('.jp-CodeCell').nth(0).locator('.jp-OutputArea-output').allTextContents();
    assert.match(lines.join(''), /^a line of output that one would not miss 0\n[^]*not miss 99999\n$/);
    assert.equal(lines.join('').split('\n').length, 100_001);
    assert.deepEqual(await stderr(), []);
  });
});
