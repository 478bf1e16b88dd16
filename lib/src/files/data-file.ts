import path from 'node:path';

/** The path of a file that comes with the project, in its folder `data`; sources and build output lie equally deep. */
export function dataFile(name: string): string {
  return path.resolve(__dirname, '../../../data', name);
}
