/** NASLib's operations by index: the benchmark's names of its `OP_NAMES`, `nasbench201/conversions.py`. */
const NASLIB_OPERATIONS = ['skip_connect', 'none', 'nor_conv_3x3', 'nor_conv_1x1', 'avg_pool_3x3'];

/**
 * The architecture string of a cell that another library wrote: NASLib's tuple, such as `(4, 0, 3, 1, 4, 3)`, of the
 * operations on the edges 0→1, 0→2, 0→3, 1→2, 1→3, 2→3 (its `EDGE_LIST`, there counted from 1); or
 * `Structure(4 nodes with …)`, as the benchmark's own library prints a cell. Anything else comes back as it is, without
 * blanks around it.
 */
export function architectureString(text: string): string {
  const trimmed = text.trim();
  const structure = /^Structure\(4 nodes with (.*)\)$/.exec(trimmed);
  if (structure) return structure[1]!.trim();
  if (!/^[([]\s*[0-4](\s*,\s*[0-4]){5}\s*,?\s*[)\]]$/.test(trimmed)) return trimmed;
  const [e01, e02, e03, e12, e13, e23] = trimmed.match(/\d/g)!.map((index) => NASLIB_OPERATIONS[Number(index)]!);
  return `|${e01}~0|+|${e02}~0|${e12}~1|+|${e03}~0|${e13}~1|${e23}~2|`;
}
