import assert from 'node:assert/strict';

/** Shares of images that are mixed have mean and variance of Beta(1.5, 1.5) (protocol §6.2). */
export function assertMixupShares(shares: readonly number[]): void {
  const mean = shares.reduce((x, y) => x + y) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
  assert.ok(Math.abs(mean - 0.5) < 0.06 && Math.abs(variance - 1 / 16) < 0.015, `Beta(1.5, 1.5): ${mean}, ${variance}`);
}
