import Bzip2 from '@foxglove/wasm-bz2';

/** What the bzip2 library's error codes mean to one who has a file that cannot be read. */
const REASONS: Record<string, string> = {
  '-2': 'is not bzip2',
  '-4': 'is damaged: its check sum does not fit',
  '-5': 'is not bzip2',
  '-7': 'ends too early: it was cut short',
};

/** A decompressor of bzip2 data, by the bzip2 library itself. */
export interface Bzip2Reader {
  /**
   * @param limit bytes that the content may have at most
   * @throws Error that says what is wrong with the data, to be put behind the name of their file
   */
  decompress(compressed: Uint8Array, limit: number): Uint8Array;
}

/** Each instance of the library puts listeners on the process that stay there. */
let instance: Promise<Bzip2> | undefined;

/** Loads the library, which is WebAssembly; once in a process. */
export async function loadBzip2(): Promise<Bzip2Reader> {
  const library = await (instance ??= Bzip2.init());
  return {
    decompress(compressed, limit) {
      try {
        return library.decompress(compressed, limit);
      } catch (error) {
        const code = /failed: (-\d+)/.exec((error as Error).message)?.[1] ?? '';
        const reason = code === '-8' ? `holds more than ${limit} bytes` : REASONS[code];
        throw new Error(reason ?? (error as Error).message, { cause: error });
      }
    },
  };
}
