import { type CodeSource } from './code-source';

/** Several sources as one, whose codes have the entries of all, one after the other; a code costs what all cost. */
export function joinedCodes(sources: readonly CodeSource[]): CodeSource {
  const entries = sources.reduce((sum, source) => sum + source.entries, 0);
  return {
    name: sources.map(({ name }) => name).join('+'),
    recipe: sources.map(({ name, recipe }) => `${name}: ${recipe}`).join('; '),
    entries,
    trainingsPerCode: sources.reduce((sum, source) => sum + source.trainingsPerCode, 0),
    read(positions) {
      const joined = new Float32Array(positions.length * entries);
      let first = 0;
      for (const source of sources) {
        const codes = source.read(positions);
        for (let i = 0; i < positions.length; i++) {
          joined.set(codes.subarray(i * source.entries, (i + 1) * source.entries), i * entries + first);
        }
        first += source.entries;
      }
      return joined;
    },
  };
}
