import { watchParent } from './watch-parent';
import { type FromWorker, type ToWorker } from './worker-pool';

/** Does one task; may tell which share of it, 0 … 1, is done. */
export type DoTask<Message, Result> = (message: Message, progress: (share: number) => void) => Result | Promise<Result>;

const REPORT_EVERY = 200; // ms

/**
 * Makes this process a worker of a pool: `prepare` gets the set-up and gives what does the tasks. What either throws
 * ends the pool with its message. The process ends with its parent, in whatever way that ended.
 */
export function serve<Setup, Message, Result>(
  prepare: (setup: Setup) => DoTask<Message, Result> | Promise<DoTask<Message, Result>>,
): void {
  watchParent(Number(process.argv[2]));
  let doTask: Promise<DoTask<Message, Result>>;
  const send = (message: FromWorker<Result>): void => {
    // An error here means that the parent is gone: there is nobody to tell, and the process is about to end.
    if (process.connected) process.send!(message, undefined, undefined, () => undefined);
  };
  const work = async (message: Message): Promise<Result> => {
    let reported = 0;
    return (await doTask)(message, (share) => {
      if (Date.now() - reported < REPORT_EVERY) return;
      reported = Date.now();
      send({ kind: 'progress', share });
    });
  };
  process.on('message', (message: ToWorker<Setup, Message>) => {
    if (message.kind === 'setup') {
      doTask = Promise.resolve(message.setup).then(prepare);
      doTask.catch(() => undefined); // told when the first task asks for it
    } else {
      work(message.message).then(
        (result) => send({ kind: 'result', result }),
        (error: Error) => send({ kind: 'failed', message: error.message }),
      );
    }
  });
  // Ctrl-C, and a scheduler's SIGTERM, reach the whole group of processes; the parent decides what becomes of this one.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
}
