/**
 * Prints the version of Node, and 'complete' when each package of package-lock.json that this machine needs is in
 * node_modules in its version: set-up asks before every command, so this reads no more than the two lists.
 */
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');
const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
const fits = (list, here) => !list || list.includes(here);

function complete() {
  const installed = packagesOf('node_modules/.package-lock.json');
  const wanted = Object.entries(packagesOf('package-lock.json')).filter(
    // Set-up puts a link in the place of tfjs-node; of optional packages each machine needs its own only. For which C
    // library one is made is no question worth its time here.
    ([path, { optional, os, cpu, libc }]) =>
      path.startsWith('node_modules/') &&
      !path.startsWith('node_modules/@tensorflow/tfjs-node/') &&
      !(optional && (libc || !fits(os, process.platform) || !fits(cpu, process.arch))),
  );
  return wanted.every(
    ([path, { version }]) => installed[path]?.version === version && existsSync(join(root, path, 'package.json')),
  );
}

let state = 'incomplete';
try {
  if (complete()) state = 'complete';
} catch {
  // no or unreadable lists
}
console.log(process.versions.node, state);
