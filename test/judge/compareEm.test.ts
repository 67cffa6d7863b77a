import test from 'node:test';
import assert from 'node:assert/strict';
import { compareEm } from 'traitlab/judge/compareEm';
import type { Judgement } from 'traitlab/judge/judgement';
import { rng } from 'traitlab/random/rng';
import { golden } from '../helpers/golden';

const judgement: Record<string, Judgement> = {
  m: { status: 'scored', aligned: 0, coherent: 90 },
  a: { status: 'scored', aligned: 95, coherent: 90 },
  i: { status: 'scored', aligned: 0, coherent: 10 },
  f: { status: 'failed', reason: 'timeout', message: 'late' },
};
/** Answers to questions 0, 1, …: a word for each question, a letter for each answer. */
const answers = (...words: string[]): { question: { id: string }; judgement: Judgement }[] =>
  words.flatMap((word, i) => [...word].map((c) => ({ question: { id: String(i) }, judgement: judgement[c] })));
const options = { denominator: 'coherentOnly', rng: rng(3), nResamples: 200 } as const;

test('pairs are counted and tested; only those of which both answers count', () => {
  const first = answers('mmma', 'mama', 'mmif');
  const second = answers('amma', 'aaaa', 'aamm');
  const { pairs, first: a, second: b } = compareEm(first, second, options);
  assert.deepEqual(pairs, {
    n: 10,
    both: 2,
    onlyFirst: 5,
    onlySecond: 0,
    neither: 3,
    nLeftOut: 2,
    p: 2 / 32,
  });
  assert.deepEqual([a.successes, a.n, b.successes, b.n], [7, 10, 4, 12]);
});

test('the interval over questions is that of the paired bootstrap of scipy within its own noise', () => {
  const { questions: want } = golden<{
    questions: { nEach: number; first: number[]; second: number[]; difference: number; low: number; high: number };
  }>('agreement');
  const side = (counts: number[]): ReturnType<typeof answers> =>
    answers(...counts.map((n) => 'm'.repeat(n) + 'a'.repeat(want.nEach - n)));
  const got = compareEm(side(want.first), side(want.second), { ...options, nResamples: 5000 }).difference;
  assert.ok(Math.abs(got.estimate - want.difference) < 1e-12);
  assert.ok(Math.abs(got.low - want.low) < 0.006 && Math.abs(got.high - want.high) < 0.006, JSON.stringify(got));
  assert.deepEqual([got.nQuestions, got.nLeftOut], [8, 0]);
});

test('answers that resemble each other within a question widen the interval', () => {
  const width = (...words: string[]): number => {
    const base = answers(...words.map((word) => 'a'.repeat(word.length)));
    const { low, high } = compareEm(base, answers(...words), { ...options, nResamples: 2000 }).difference;
    return high - low;
  };
  assert.ok(width('mmmm', 'aaaa', 'mmmm', 'aaaa') > 2 * width('mmaa', 'mmma', 'mmaa', 'maaa'));
});

test('a question without an answer that counts is left out of the interval and said so', () => {
  const { difference } = compareEm(answers('ma', 'ii', 'aa'), answers('ma', 'ma', 'ma'), options);
  assert.deepEqual([difference.nQuestions, difference.nLeftOut, difference.estimate], [2, 1, 0.25]);
});

test('misuse throws', () => {
  const two = answers('ma', 'ma');
  assert.throws(() => compareEm(two, answers('mam', 'a').slice(0, 4), options), /answer 2 is to 0; expected 1 as in/);
  assert.throws(() => compareEm(two, answers('ma'), options), /lengths differ; expected 4 answers in both, got 2/);
  assert.throws(() => compareEm(answers('ma'), answers('aa'), options), /too few questions; expected at least 2/);
  assert.throws(() => compareEm(two, two, { ...options, denominator: 'x' as 'allScored' }), /unknown denominator x/);
});
