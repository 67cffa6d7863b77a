import test from 'node:test';
import assert from 'node:assert/strict';
import type { AnswerRows } from 'traitlab/directions/answerMeans';
import { differenceStability } from 'traitlab/directions/differenceStability';
import { balancedSides, meanDifference, topicDifferences } from 'traitlab/directions/meanDifference';
import { rng } from 'traitlab/random/rng';
import { norm } from 'traitlab/stats/dot';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { golden } from '../helpers/golden';

interface Golden {
  rows: number[][];
  nTokens: number[];
  split: number;
  v: number[];
  byAnswer: number[];
  bootstrap: Record<'norm' | 'cosine', [number, number]>;
  topics: (string | null)[];
  topicDifferences: Record<string, number[]>;
}
const g = golden<Golden>('directions');
const answers: AnswerRows = { rows: g.rows.map((row) => Float64Array.from(row)), nTokens: g.nTokens };
const all = g.rows.map((_, i) => i);
const sides = { positive: all.slice(0, g.split), negative: all.slice(g.split) };
const near = { rtol: 1e-9, atol: 1e-12 };

test('differences by token and by answer, and those of topics, are weighted means of NumPy', () => {
  expectClose(meanDifference(answers, { ...sides, weighting: 'token' }), g.v, near, 'token');
  expectClose(meanDifference(answers, { ...sides, weighting: 'answer' }), g.byAnswer, near, 'answer');
  assert.throws(() => expectClose(g.v, g.byAnswer, near));
  const byTopic = topicDifferences(answers, g.topics.map((t) => t ?? undefined), 'token'); // prettier-ignore
  assert.deepEqual(Object.keys(byTopic), Object.keys(g.topicDifferences));
  for (const [topic, v] of Object.entries(g.topicDifferences)) expectClose(byTopic[topic], v, near, topic);
});

test('the bootstrap over answers is that of SciPy within its noise, and halves agree less than the whole', async () => {
  const found = differenceStability(answers, { ...sides, weighting: 'token', rng: rng(4), nResamples: 6000 });
  assert.ok(Math.abs(found.norm - norm(g.v)) < 1e-9);
  const { low, high } = found.cosine;
  const check = (intervals: readonly (readonly number[])[]): void => {
    expectClose(intervals[0], g.bootstrap.norm, { rtol: 0, atol: 0.08 }, 'norm');
    expectClose(intervals[1], g.bootstrap.cosine, { rtol: 0, atol: 0.01 }, 'cosine');
  };
  check([found.normInterval, [low, high]]);
  const other = differenceStability(answers, { ...sides, weighting: 'answer', rng: rng(4) });
  await expectToLose(check, {
    'the bootstrap by answers': [other.normInterval, [other.cosine.low, other.cosine.high]],
    'of half the answers': [found.normInterval, [found.splitHalf.low, found.splitHalf.high]],
  });
  assert.ok(found.splitHalf.mean < found.cosine.mean && found.splitHalf.mean > 0);
  const again = differenceStability(answers, { ...sides, weighting: 'token', rng: rng(4), nResamples: 6000 });
  assert.deepEqual(again, found);
});

test('balanced sides are of one size, drawn from the larger one by the seed', () => {
  const one = balancedSides(sides, rng(1));
  assert.deepEqual(one.positive, sides.positive);
  assert.equal(new Set(one.negative).size, sides.positive.length);
  assert.ok(one.negative.every((i) => sides.negative.includes(i)));
  assert.deepEqual(balancedSides(sides, rng(1)), one);
  assert.notDeepEqual(balancedSides(sides, rng(2)), one);
});

test('misuse throws', () => {
  const how = { weighting: 'token', rng: rng(0) } as const;
  assert.throws(() => meanDifference(answers, { positive: [], negative: [1], ...how }), /a side is empty; .* got 0 positive and 1 negative/); // prettier-ignore
  assert.throws(() => meanDifference(answers, { positive: [99], negative: [1], ...how }), /no answer 99; expected 0 to 29/); // prettier-ignore
  assert.throws(
    () => differenceStability(answers, { positive: [1], negative: [2, 3], ...how, nResamples: 0, confidence: 2 }),
    /differenceStability: 1 positive and 2 negative answers; .*; invalid nResamples; .*; invalid confidence/,
  );
  assert.throws(() => topicDifferences(answers, ['a'], 'token'), /1 topics; expected 30/);
  assert.throws(() => topicDifferences(answers, all.map(() => 'a'), 'token'), /a side is empty/); // prettier-ignore
});
