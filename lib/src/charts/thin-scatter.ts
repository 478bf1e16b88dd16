/** One dot of a thinned cloud: the first of its points, and how many share its place. */
export type Dot<Point> = Point & { cells: number };

/**
 * Keeps one point where several would be drawn over each other: of all points with the same colour group and the same
 * place on a grid of the given steps, the first. A picture of 15,625 dots loses nothing that the eye could see.
 *
 * @param points the cloud
 * @param place position and colour group of a point
 * @param step grid steps in x and y, in the units of `place`
 */
export function thinScatter<Point extends object>(
  points: readonly Point[],
  place: (point: Point) => { x: number; y: number; group: string },
  step: { x: number; y: number },
): Dot<Point>[] {
  const dots = new Map<string, Dot<Point>>();
  for (const point of points) {
    const { x, y, group } = place(point);
    const key = `${Math.round(x / step.x)} ${Math.round(y / step.y)} ${group}`;
    const dot = dots.get(key);
    if (dot) dot.cells++;
    else dots.set(key, { ...point, cells: 1 });
  }
  return [...dots.values()];
}
