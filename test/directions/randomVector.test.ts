import test from 'node:test';
import assert from 'node:assert/strict';
import { randomVector } from 'traitlab/directions/randomVector';
import { rng } from 'traitlab/random/rng';
import { cosine } from 'traitlab/stats/cosine';
import { norm } from 'traitlab/stats/dot';

test('a random vector has the norm it was asked for and no direction of its own', () => {
  const like = Float64Array.from({ length: 400 }, (_, i) => i / 100);
  const many = Array.from({ length: 200 }, (_, s) => randomVector(like, rng(s)));
  for (const v of many) assert.ok(Math.abs(norm(v) / norm(like) - 1) < 1e-12);
  const mean = many.reduce((sum, v) => sum + cosine(v, like), 0) / many.length;
  assert.ok(Math.abs(mean) < 0.015, `mean cosine ${mean}, expected 0 ± 0.0035`);
  assert.throws(() => randomVector([0, 0], rng(1)), /no length/);
});
