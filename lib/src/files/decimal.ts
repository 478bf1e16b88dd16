const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number that a field of a table holds, in decimal digits, with or without an exponent; NaN for anything else:
 * nothing, `nan`, `0x10`, `1,5`. Beyond the range of a double it is infinite.
 */
export function decimal(field: string): number {
  const text = field.trim();
  return DECIMAL.test(text) ? Number(text) : NaN;
}
