import assert from 'node:assert/strict';
import { codeStrength } from '../lib/src/experiments/code-strength';
import type { CodeSource } from '../lib/src/tables/code-source';

describe('the strength of a code', () => {
  it('is |Spearman| of the entry that says most, whatever its sign', () => {
    const rows = [
      [1, 4],
      [3, 3],
      [2, 2],
      [4, 1],
    ];
    const codes: CodeSource = {
      name: 'made up',
      recipe: '',
      entries: 2,
      trainingsPerCode: 0,
      read: (positions) => Float32Array.from(Array.from(positions).flatMap((position) => rows[position]!)),
    };
    assert.equal(codeStrength(codes, [10, 20, 30, 40], 2), 1);
    assert.equal(codeStrength({ ...codes, entries: 1, read: (p) => Float32Array.from(p, (x) => [1, 3, 2, 4][x]!) }, [10, 20, 30, 40], 3), 0.5); // prettier-ignore
    assert.equal(codeStrength(codes, [10, 20, 30, 40]), 1); // the second entry falls as the scores rise
    assert.ok(Math.abs(codeStrength({ ...codes, entries: 1, read: (p) => Float32Array.from(p, (x) => [1, 3, 2, 4][x]!) }, [10, 20, 30, 40]) - 0.8) < 1e-12); // prettier-ignore
  });
});
