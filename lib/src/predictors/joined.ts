/** Arrays of one type, one after the other. */
export function joined<T extends Int32Array | Float32Array>(parts: readonly T[]): T {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new (parts[0]!.constructor as new (length: number) => T)(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
