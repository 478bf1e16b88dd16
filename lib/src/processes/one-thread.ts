/**
 * Environment of a process that computes with one thread: two such processes are faster than one of two threads, since
 * most operations are too small to share. Freed memory stays with the process: a step frees and asks again for the same
 * blocks, and fetching them from the system each time made the optimiser's step twice as slow.
 */
export const ONE_THREAD: Readonly<Record<string, string>> = {
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  OMP_NUM_THREADS: '1',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 32),
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
};
