/** A person's way: JupyterLab in a real browser, Run All on the first notebook, and its charts and tables are there. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, needChromium } from './chromium';

const root = join(__dirname, '..');
const notebook = '01-search-space.ipynb';

describe('a notebook in the browser', function () {
  this.timeout(300_000);
  let folder: string;
  let lab: ChildProcess;
  let browser: Browser;
  let page: Page;

  before(async function () {
    needChromium(this);
    // A copy with the same surroundings, inside the checkout so that the kernel finds the packages.
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache', 'browser-'));
    for (const name of ['notebooks', 'figures']) mkdirSync(join(folder, name));
    symlinkSync(join(root, 'data'), join(folder, 'data'));
    copyFileSync(join(root, 'notebooks', notebook), join(folder, 'notebooks', notebook));

    const address = await startLab();
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    await page.goto(address, { timeout: 120_000 });
  });
  after(async () => {
    await browser?.close();
    if (lab) await new Promise((done) => lab.once('exit', done) && lab.kill('SIGTERM'));
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Starts JupyterLab with settings of its own, and returns the notebook's address. */
  function startLab(): Promise<string> {
    const own = (name: string): string => join(folder, 'jupyter', name);
    lab = spawn(
      join(root, '.venv/bin/jupyter'),
      ['lab', '--no-browser', '--allow-root', '--ip=127.0.0.1', '--ServerApp.token=test', '--notebook-dir=notebooks'],
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
        if (port) resolve(`http://127.0.0.1:${port}/lab/tree/${notebook}?token=test`);
      });
      lab.once('exit', () => reject(new Error(`JupyterLab does not start:\n${log}`)));
    });
  }

  it('runs from top to bottom and shows its charts and tables', async () => {
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

    const outputs = page.locator('.jp-OutputArea-output');
    const seen = {
      charts: await outputs.locator('.vega-embed canvas.marks').count(),
      tables: await outputs.locator('table').count(),
      errors: await page
        .locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')
        .allTextContents(),
    };
    assert.deepEqual(seen.errors, []);
    assert.ok(seen.charts >= 2 && seen.tables >= 5, JSON.stringify(seen));
  });
});
