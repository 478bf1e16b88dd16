import { Presets, SingleBar } from 'cli-progress';

/** How a progress bar behaves. */
export interface ProgressBarOptions {
  /** Milliseconds between two lines where the stream is no terminal. */
  every: number;
  /**
   * For work that computes without a pause and is soon done: the bar goes at the end, lines come neither at the beginning
   * nor at the end, and cursor and wrapping of the terminal stay as they are, since Ctrl-C ends such work before anything
   * could bring them back.
   */
  passing?: boolean;
  /** milliseconds */
  clock?: () => number;
}

/** Shows a share of work, 0 … 1, and what there is to say about it, until `end`. */
export interface ProgressBar {
  show: (share: number, text: string) => void;
  end: () => void;
}

const BAR_LENGTH = 24;

/**
 * A bar on a terminal; elsewhere a line now and then, the first at once and the last when all is done.
 *
 * @param stream where it is shown
 */
export function progressBar(
  stream: NodeJS.WriteStream,
  { every, passing = false, clock = Date.now }: ProgressBarOptions,
): ProgressBar {
  if (!stream.isTTY) {
    let last = passing ? clock() : -Infinity;
    return {
      show(share, text) {
        if (clock() - last < every && (passing || share < 1)) return;
        last = clock();
        stream.write(`${text}\n`);
      },
      end: () => undefined,
    };
  }
  const bar = new SingleBar(
    {
      format: '{bar} {text}',
      barsize: BAR_LENGTH,
      hideCursor: !passing,
      linewrap: passing,
      clearOnComplete: passing,
      stream,
    },
    Presets.shades_classic,
  );
  let running = false;
  return {
    show(share, text) {
      if (!running) bar.start(1, share, { text });
      running = true;
      bar.update(share, { text });
    },
    end: () => bar.stop(),
  };
}
