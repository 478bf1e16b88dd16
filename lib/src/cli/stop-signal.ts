/** Exit codes of a program that a signal has stopped: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** What `stopSignal` gives. */
export interface StopSignal {
  /** Aborts at Ctrl-C (SIGINT) and `kill` (SIGTERM). */
  signal: AbortSignal;
  /** The exit code for what came; undefined when nothing did. */
  exitCode: () => number | undefined;
  /** Listens no longer. */
  end: () => void;
}

/** Turns Ctrl-C and `kill` into an abort, for work that runs in other processes. */
export function stopSignal(): StopSignal {
  const control = new AbortController();
  let code: number | undefined;
  const listeners = Object.entries(EXIT_CODES).map(([name, exitCode]) => {
    const listener = (): void => {
      code ??= exitCode;
      control.abort();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return { signal: control.signal, exitCode: () => code, end: () => listeners.forEach((off) => off()) };
}
