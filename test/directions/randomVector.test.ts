import test from 'node:test';
import assert from 'node:assert/strict';
import { randomVector } from 'traitlab/directions/randomVector';
import { rng, type Rng } from 'traitlab/random/rng';
import { cosine } from 'traitlab/stats/cosine';
import { norm } from 'traitlab/stats/dot';
import { expectToLose } from '../helpers/expectToLose';

test('a random vector has the norm it was asked for and no direction of its own', async () => {
  const like = Float64Array.from({ length: 400 }, (_, i) => i / 100);
  const check = (draw: (random: Rng) => Float64Array): void => {
    const many = Array.from({ length: 200 }, (_, s) => draw(rng(s)));
    for (const v of many) assert.ok(Math.abs(norm(v) / norm(like) - 1) < 1e-12);
    for (const other of [() => like, (i: number) => many[(i + 1) % 200]]) {
      const cosines = many.map((v, i) => cosine(v, other(i)));
      const mean = cosines.reduce((a, b) => a + b) / 200;
      const spread = cosines.reduce((sum, c) => sum + c * c, 0) / 200;
      assert.ok(Math.abs(mean) < 0.015, `mean cosine ${mean}, expected 0 ± 0.0035`);
      assert.ok(Math.abs(400 * spread - 1) < 0.4, `mean square cosine ${spread}, expected 1/400 ± 10 %`);
    }
  };
  check((random) => randomVector(like, random));
  const scaled = (v: Float64Array): Float64Array => v.map((x) => (x * norm(like)) / norm(v));
  const alternating = like.map((v, i) => (i % 2 === 0 ? v : -v));
  await expectToLose(check, {
    'one that ignores the seed': () => randomVector(like, rng(1)),
    'one of positive numbers': (random) => scaled(like.map(() => random.uniform())),
    'one without its norm': (random) => like.map(() => random.normal() * norm(like)),
    'one that only flips signs': (random) => alternating.map((v) => (random.uniform() < 0.5 ? v : -v)),
    'one along a few axes': (random) => scaled(like.map((_, i) => (i < 20 ? random.normal() : 0))),
  });
  assert.throws(() => randomVector([0, 0], rng(1)), /no length/);
});
