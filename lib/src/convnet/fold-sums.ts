import { inputsOf, type FeatureMap, type Layer, type Network, type Term } from './network';

type Sum = Extract<Layer, { kind: 'sum' }>;

/**
 * The same network with fewer maps, for an engine to which each map is a way through memory: what is concatenated only to
 * be added to other maps is added part by part, and a sum that is only a term of another sum gives that its terms.
 *
 * @param layers those of the network that are to be run, in order
 */
export function foldSums(network: Network, layers: readonly Layer[]): { maps: FeatureMap[]; layers: Layer[] } {
  const maps = network.maps.map(({ size, channels }) => ({ size, channels }));
  return { maps, layers: fold(addApart(layers, network, maps), network) };
}

/** How many layers read each map; the dense layer's counts too. */
function countUses(layers: readonly Layer[], network: Network): Map<number, number> {
  const uses = new Map<number, number>([[network.features, 1]]);
  for (const layer of layers) for (const input of inputsOf(layer)) uses.set(input, (uses.get(input) ?? 0) + 1);
  return uses;
}

/** Makes a concatenation of sums of what is a sum of a concatenation, which nothing else reads, and of maps. */
function addApart(layers: readonly Layer[], network: Network, maps: FeatureMap[]): Layer[] {
  const uses = countUses(layers, network);
  const concatenated = new Map<number, readonly number[]>();
  for (const layer of layers) if (layer.kind === 'concatenate') concatenated.set(layer.output, layer.inputs);
  const result: Layer[] = [];
  const gone = new Set<number>();
  const newMap = (like: FeatureMap): number => maps.push({ ...like }) - 1;

  const addSum = (sum: Sum): void => {
    const whole = sum.terms.find(({ input }) => concatenated.has(input) && uses.get(input) === 1);
    if (!whole || sum.terms.some(isComputed)) {
      result.push(sum);
      return;
    }
    gone.add(whole.input);
    let from = 0;
    const parts = concatenated.get(whole.input)!.map((part) => {
      const terms: Term[] = [{ input: part }];
      for (const term of sum.terms) {
        if (term === whole) continue;
        const slice = newMap(maps[part]!);
        result.push({ kind: 'slice', input: term.input, from, output: slice });
        terms.push({ input: slice });
      }
      from += maps[part]!.channels;
      const output = newMap(maps[part]!);
      addSum({ kind: 'sum', terms, output });
      return output;
    });
    result.push({ kind: 'concatenate', inputs: parts, output: sum.output });
  };
  for (const layer of layers) {
    if (layer.kind === 'sum') addSum(layer);
    else result.push(layer);
  }
  return result.filter(({ output }) => !gone.has(output));
}

/** Puts a sum's terms in place of it where it is a term, and nothing else reads it. */
function fold(layers: readonly Layer[], network: Network): Layer[] {
  const uses = countUses(layers, network);
  const result = new Map<number, Layer>();
  for (const layer of layers) {
    if (layer.kind !== 'sum') {
      result.set(layer.output, layer);
      continue;
    }
    const terms = layer.terms.flatMap((term) => {
      const source = result.get(term.input);
      if (isComputed(term) || source?.kind !== 'sum' || uses.get(term.input) !== 1) return [term];
      result.delete(term.input);
      return source.terms;
    });
    result.set(layer.output, { ...layer, terms });
  }
  return [...result.values()];
}

function isComputed({ convolution, norm, activation, pool }: Term): boolean {
  return Boolean(convolution ?? norm ?? activation ?? pool);
}
