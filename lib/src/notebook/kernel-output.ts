/** The one place that knows the TypeScript kernel: outputs with several forms at once, of which the reader's program picks. */
import { randomBytes } from 'node:crypto';

/** An output in several forms, by MIME type; a picture is base64, a JSON type is plain data. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** What tslab's kernel offers to its own display functions. */
interface KernelModule {
  lastWriteDisplayData?: ((message: object, update: boolean) => void) | null;
}

/**
 * Shows an output below the running notebook cell. tslab's own display shows one form at a time, so a chart would stand
 * there twice, as a picture and as an interactive one; its kernel takes both.
 *
 * @param metadata by MIME type, such as a picture's width
 * @param update the id of an earlier output to replace; each output has a new one otherwise
 * @returns the output's id
 * @throws Error outside a notebook
 */
export function writeOutput(bundle: MimeBundle, metadata: MimeBundle = {}, update?: string): string {
  const id = update ?? randomBytes(8).toString('hex');
  kernelWriter()({ data: bundle, metadata, transient: { display_id: id } }, update !== undefined);
  return id;
}

/** Found among the loaded modules and never loaded: in a kernel it is there, and elsewhere it would start one. */
function kernelWriter(): (message: object, update: boolean) => void {
  const kernel = require.cache[require.resolve('tslab/dist/jupyter')]?.exports as KernelModule | undefined;
  if (kernel?.lastWriteDisplayData) return kernel.lastWriteDisplayData;
  throw new Error(
    'no notebook is running: show… works in a cell of the kernel that setup.sh installs; ' +
      'elsewhere use charts.writeFigure for a chart',
  );
}
