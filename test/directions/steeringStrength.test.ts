import test from 'node:test';
import assert from 'node:assert/strict';
import { capture } from 'traitlab/subject/capture';
import { norm } from 'traitlab/stats/dot';
import { coeffForFraction, coeffForKl, steeringStrength } from 'traitlab/directions/steeringStrength';
import { steer } from 'traitlab/directions/steer';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { tinyModel } from '../helpers/tinyModel';

const prompts = [
  [1, 5, 6, 7, 8],
  [1, 9],
];
const vector = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i + 1));

test('a strength is the change over the residual norm, and its inverse gives the coefficient back', async () => {
  const model = await tinyModel();
  const site = 'blocks.1.hook_resid_post';
  for (const positions of ['all', 'response'] as const) {
    const rows = await capture(model, prompts, {
      sites: [site],
      positions: positions === 'all' ? 'all' : 'promptLast',
    });
    const norms = rows[site].flatMap((row) =>
      Array.from({ length: row.length / 24 }, (_, i) => norm(row.slice(24 * i, 24 * i + 24))),
    );
    const mean = norms.reduce((a, b) => a + b, 0) / norms.length;
    assert.equal(norms.length, positions === 'all' ? 7 : 2);
    const options = { layer: 1, positions };
    const { residualFraction } = await steeringStrength(model, prompts, vector, { ...options, coeff: -3 });
    assert.ok(Math.abs(residualFraction + (3 * norm(vector)) / mean) < 1e-12);
    const coeff = await coeffForFraction(model, prompts, vector, { ...options, residualFraction });
    assert.ok(Math.abs(coeff + 3) < 1e-12);
  }
});

test('the nats are KL(base, steered) of the next token, zero for no steering', async () => {
  const model = await tinyModel();
  const look = { sites: ['logits'], positions: 'promptLast' } as const;
  const base = await capture(model, prompts, look);
  const steered = await capture(model.with({ hooks: steer(vector, { layers: [0], coeff: 2 }) }), prompts, look);
  const softmax = (row: Float32Array): number[] => {
    const e = [...row].map(Math.exp);
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((x) => x / sum);
  };
  const kl = (from: typeof base, to: typeof base): number[] =>
    prompts.map((_, k) => {
      const q = softmax(to.logits[k]);
      return softmax(from.logits[k]).reduce((sum, p, i) => sum + p * Math.log(p / q[i]), 0);
    });
  const strength = await steeringStrength(model, prompts, vector, { layer: 0, coeff: 2 });
  const check = ([first, second]: number[]): void =>
    assert.ok(Math.abs(strength.klBaseToSteered - (first + second) / 2) < 1e-9, String(strength.klBaseToSteered));
  const right = kl(base, steered);
  check(right);
  await expectToLose(check, {
    'KL(steered, base)': kl(steered, base),
    bits: right.map((nats) => nats / Math.LN2),
    'the first prompt alone': [right[0], right[0]],
  });
  assert.ok(strength.klBaseToSteered > 1e-4);
  const none = await steeringStrength(model, prompts, vector, { layer: 0, coeff: 0 });
  assert.deepEqual(none, { coeff: 0, residualFraction: 0, klBaseToSteered: 0 });
  await expectNoLeak(() => steeringStrength(model, prompts, vector, { layer: 0, coeff: 1 }));
});

test('misuse throws', async () => {
  const model = await tinyModel();
  await assert.rejects(
    steeringStrength(model, [], [1], { layer: 2, coeff: 1 }),
    /steeringStrength: no prompts; .*vector has 1 values; expected dModel=24; invalid layer; expected 0 to 1, got 2/,
  );
  const zero = new Float32Array(24);
  await assert.rejects(coeffForFraction(model, prompts, zero, { layer: 0, residualFraction: 1 }), /vector has norm 0/);
  await assert.rejects(coeffForFraction(model, prompts, vector, { layer: 0, residualFraction: NaN }), /got NaN/);
});

test('the coefficient for a KL gives that KL, smaller ones give less', async () => {
  const model = await tinyModel();
  const options = { layer: 1, positions: 'response' } as const;
  for (const kl of [0.01, 0.2]) {
    const found = await expectNoLeak(() => coeffForKl(model, prompts, vector, { ...options, kl, tolerance: 1e-3 }));
    const { klBaseToSteered } = await steeringStrength(model, prompts, vector, { ...options, coeff: found.coeff });
    assert.ok(Math.abs(klBaseToSteered - kl) <= 1e-3 * kl, `${klBaseToSteered}`);
    assert.equal(found.klBaseToSteered, klBaseToSteered);
    const half = await steeringStrength(model, prompts, vector, { ...options, coeff: found.coeff / 2 });
    assert.ok(half.klBaseToSteered < 0.9 * kl);
  }
  const twice = vector.map((x) => 2 * x);
  const [one, other] = [
    await coeffForKl(model, prompts, vector, { ...options, kl: 0.1, tolerance: 1e-4 }),
    await coeffForKl(model, prompts, twice, { ...options, kl: 0.1, tolerance: 1e-4 }),
  ];
  assert.ok(Math.abs(one.coeff / other.coeff - 2) < 1e-3);
  await assert.rejects(
    coeffForKl(model, prompts, vector, { ...options, kl: 1e4 }),
    /no coefficient up to [\d.]+ gives 10000 nats; expected at most [\d.]+/,
  );
  await assert.rejects(coeffForKl(model, prompts, vector, { ...options, kl: 0 }), /invalid kl/);
  await assert.rejects(coeffForKl(model, prompts, vector, { ...options, kl: 1, tolerance: 1 }), /invalid tolerance/);
});
