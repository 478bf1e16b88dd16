import { descendingOrder } from './descending-order';

/** Sorting everything is as fast from this share of the values on. */
const LARGE_SHARE = 1 / 32;

/**
 * The first entries of `descendingOrder`, without sorting the rest: indices of the largest values, from the largest on;
 * equal values keep their order.
 *
 * @param count how many; all where there are fewer values
 */
export function topOrder(values: ArrayLike<number>, count: number): Int32Array {
  if (count >= LARGE_SHARE * values.length) return descendingOrder(values).slice(0, Math.max(0, count));
  // A heap with the last of the best so far at its root: smaller values first, of equal ones the later.
  const heap = new Int32Array(count);
  const after = (a: number, b: number): boolean => values[a]! < values[b]! || (values[a] === values[b] && a > b);
  const settle = (index: number, size: number): void => {
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && after(heap[child + 1]!, heap[child]!)) child++;
      if (!after(heap[child]!, index)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = index;
  };
  // The first `count` values, sorted from the last to the first, are such a heap.
  const first = Array.from({ length: count }, (_, i) => values[i]!);
  heap.set(descendingOrder(first).reverse());
  for (let i = count; i < values.length; i++) if (values[i]! > values[heap[0]!]!) settle(i, count);
  for (let size = count - 1; size > 0; size--) {
    const last = heap[0]!;
    settle(heap[size]!, size);
    heap[size] = last;
  }
  return heap;
}
