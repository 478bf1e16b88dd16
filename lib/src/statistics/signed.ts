/** A number with its sign, as tables and verdicts print differences: '+0.83', '−∞'. */
export function signed(value: number, decimals = 2): string {
  const size = Math.abs(value);
  return `${value < 0 ? '−' : '+'}${size === Infinity ? '∞' : size.toFixed(decimals)}`;
}
