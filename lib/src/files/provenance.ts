import { sourceVersion } from './source-version';

/** What made a result, in a word: the package's version and the hash of its sources, such as `0.1.0+3f2a90c1d7e4a1b2`. */
export function provenance(): string {
  const { package: version, sources } = sourceVersion();
  return `${version}+${sources}`;
}
