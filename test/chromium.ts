import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import { chromium, type Browser } from 'playwright-core';

const executable = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .find((path) => existsSync(path));

/** Skips a suite, and says so, where there is no Chromium. Call it in `before`. */
export function needChromium(suite: Context): void {
  if (executable) return;
  console.log('    no Chromium here (Debian: apt-get install chromium): the browser test is skipped');
  suite.skip();
}

/** Starts the Chromium of the system. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
}
