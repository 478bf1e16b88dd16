import { Worker } from 'node:worker_threads';

/** How often the parent is looked for, ms: a process ends well within two seconds of its parent. */
const LOOK_EVERY = 500;

/**
 * In a thread of its own, since the process may be inside a native call for minutes: no event of its main thread would be
 * handled meanwhile. A child whose parent has ended is given to another process.
 */
const WATCH = `
const parent = require('node:worker_threads').workerData;
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, ${LOOK_EVERY});
`;

/**
 * Ends this process soon after its parent, in whatever way that ended and whatever this process does at that moment.
 * Nothing is flushed: who keeps results keeps them as they come.
 *
 * @param parent its process id; it may have ended before this is called
 */
export function watchParent(parent: number): void {
  process.on('disconnect', () => process.exit());
  new Worker(WATCH, { eval: true, workerData: parent, execArgv: [] }).unref();
}
