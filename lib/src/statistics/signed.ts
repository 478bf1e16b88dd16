/** A number with its sign, as tables and verdicts print differences: '+0.83', '−∞'; what rounds to zero is '+0.00'. */
export function signed(value: number, decimals = 2): string {
  const size = Math.abs(value) === Infinity ? '∞' : Math.abs(value).toFixed(decimals);
  return `${value < 0 && Number(size) !== 0 ? '−' : '+'}${size}`;
}
