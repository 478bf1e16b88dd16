#!/usr/bin/env node
/**
 * The TypeScript kernel of the notebooks: tslab's, with no output lost. zeromq lets a socket send some 500 messages
 * before the event loop turns and refuses all after them, and a publisher drops what its peer has not yet fetched beyond
 * 1,000; so a cell that printed more lines lost what came after. Here nothing is refused and nothing dropped, and the
 * lines of a flood travel together: JupyterLab draws all of an output again for each piece that comes to it.
 */
require('../dist/tensors/tensorflow-environment'); // before a notebook loads TensorFlow or danfojs
const kernel = require.resolve('tslab/dist/jupyter');
const { JupyterHandlerImpl } = require(kernel);
const zeromq = require(require.resolve('zeromq', { paths: [kernel] }));

/** Messages leave at once (a timeout of 0 is zeromq's synchronous way), as many as there are. */
const NO_LIMIT = { sendTimeout: 0, sendHighWaterMark: 0 };
const BURST = 100; // pieces of text that leave at once; a person who prints a line sees it, whatever runs after it
const PER_SECOND = 5; // pieces in the long run
const LONGEST_TEXT = 1 << 22; // characters of one message

/** Text that waits, from one stream of one cell. */
let gathered;
let timer;
let allowed = BURST;
let counted = performance.now();

function sendText() {
  clearTimeout(timer);
  timer = undefined;
  if (!gathered) return;
  const { write, name, text } = gathered;
  gathered = undefined;
  allowed = Math.max(0, allowed - 1);
  write(name, text);
}

function gather(write, name, text) {
  if (gathered && (gathered.write !== write || gathered.name !== name)) sendText();
  if (gathered) gathered.text += text;
  else gathered = { write, name, text };
  const now = performance.now();
  allowed = Math.min(BURST, allowed + ((now - counted) / 1000) * PER_SECOND);
  counted = now;
  if (allowed >= 1 || gathered.text.length >= LONGEST_TEXT) sendText();
  else timer ??= setTimeout(sendText, 1000 / PER_SECOND);
}

const { createWriteToIopub } = JupyterHandlerImpl.prototype;
JupyterHandlerImpl.prototype.createWriteToIopub = function (name, write) {
  return createWriteToIopub.call(this, name, (_, text) => gather(write, name, text));
};
process.on('exit', sendText); // a cell may end the process

/** After a shutdown the sockets are closed, and tslab still wants to say that it is idle. */
function unlessClosed(socket, send) {
  return socket.closed ? Promise.resolve() : send();
}

zeromq.Publisher = class extends zeromq.Publisher {
  constructor(options) {
    super({ ...options, ...NO_LIMIT });
  }
  send(parts) {
    sendText(); // what was printed before stands before
    return unlessClosed(this, () => super.send(parts));
  }
};
zeromq.Router = class extends zeromq.Router {
  constructor(options) {
    super({ ...options, ...NO_LIMIT });
  }
  send(parts) {
    return unlessClosed(this, () => super.send(parts));
  }
};

// tslab throws when a file that it watches goes away while it is at work, such as in an npm ci beside it: no fault of the
// cell that runs, and mended by the next one.
const { sys } = require(require.resolve('@tslab/typescript-for-tslab', { paths: [kernel] }));
for (const watch of ['watchFile', 'watchDirectory']) {
  const original = sys[watch];
  sys[watch] = (path, notify, ...rest) => {
    const calmly = (...event) => {
      try {
        notify(...event);
      } catch (error) {
        if (error.message !== 'Unexpected pending rebuildTimer') throw error;
      }
    };
    return original(path, calmly, ...rest);
  };
}

require('tslab/dist/main').main();
