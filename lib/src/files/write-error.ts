const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full: make room and start again',
  EDQUOT: 'the disk quota is used up: make room and start again',
  EFBIG: 'the file may not grow further (file size limit): raise the limit and start again',
  EROFS: 'the disk is read-only',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  ELOCKED: 'another process keeps it locked; if none is running, delete the .lock folder beside it',
};

/** What to say when a file could not be written: which, why, what to do, and that nothing is lost. */
export function writeError(error: unknown, file: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`cannot write ${file}: ${REASONS[code ?? ''] ?? message}. What it held is kept.`, { cause: error });
}
