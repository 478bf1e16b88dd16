import { readFileSync } from 'node:fs';

/** Bytes that are enough to tell an encoding. */
const START = 1000;

/** The encoding that the mark at the start of some bytes names; UTF-8 where there is none. */
export function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** The text of bytes in the encoding that their mark names (see `encodingOf`), without the mark. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/**
 * The bytes of a file.
 *
 * @throws Error that names the file and what to do when it cannot be read
 */
export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EISDIR' ? 'it is a folder' : message;
    throw new Error(`${file}: cannot be read (${reason}); check the path`, { cause: error });
  }
}

/**
 * The text of a file, whatever wrote it: UTF-8 with or without its mark, or UTF-16 with its mark, as spreadsheets and
 * PowerShell save it.
 *
 * @throws Error that names the file and what to do when it cannot be read or is no text
 */
export function readText(file: string): string {
  const bytes = readBytes(file);
  const start = bytes.subarray(0, START);
  const zeros = start.filter((byte) => byte === 0).length;
  if (encodingOf(bytes) !== 'utf-8' || zeros <= start.length / 4) return decodeText(bytes);
  throw new Error(
    `${file}: is no text in UTF-8: ${zeros} of its first ${start.length} bytes are zero, as in UTF-16 without its mark; ` +
      'save it as text in UTF-8',
  );
}
