/** Neighbours farther apart than this many of the smallest steps belong to different clusters. */
const FAR = 2;

/** Clusters of numbers on a line, ascending: a step of more than twice the smallest one divides them. */
export function clustersOf(values: Iterable<number>): number[][] {
  const ascending = [...new Set(values)].sort((a, b) => a - b);
  const smallest = Math.min(...ascending.slice(1).map((value, i) => value - ascending[i]!));
  const clusters: number[][] = [];
  for (const value of ascending) {
    const cluster = clusters.at(-1);
    if (cluster === undefined || value - cluster.at(-1)! > FAR * smallest) clusters.push([value]);
    else cluster.push(value);
  }
  return clusters;
}
