import test from 'node:test';
import assert from 'node:assert/strict';
import { readLogprobs, readText, type Verdict } from 'traitlab/judge/readVerdict';

const tokens = (probabilities: Record<string, number>): { token: string; logprob: number }[] =>
  Object.entries(probabilities).map(([token, p]) => ({ token, logprob: Math.log(p) }));
const score = (verdict: Verdict): number => {
  assert.equal(verdict.kind, 'score');
  return (verdict as Extract<Verdict, { kind: 'score' }>).score;
};
const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a}, expected ${b}`);

test('logprobs: the mean over whole numbers from 0 to 100, by their share of the numeric mass', () => {
  const firstToken = tokens({ '20': 0.5, ' 40': 0.25, CODE: 0.1, '101': 0.05, '-3': 0.04, '7.5': 0.03, '0': 0.03 });
  close(score(readLogprobs({ text: '20', firstToken })), (0.5 * 20 + 0.25 * 40) / 0.78);
  close(score(readLogprobs({ text: '100', firstToken: tokens({ '100': 0.25 }) })), 100);
  // Below a quarter there is no score, whatever the first token is.
  const thin = readLogprobs({ text: '100', firstToken: tokens({ '100': 0.2499, The: 0.7 }) });
  assert.deepEqual(thin, { kind: 'none', said: '100' });
});

test('logprobs: words, whole or begun; a model that declines; none at all; numbers in pieces', () => {
  const word = (text: string): Verdict => readLogprobs({ text, firstToken: tokens({ [text.slice(0, 3)]: 0.9 }) });
  assert.equal(word('REFUSAL').kind, 'refusal');
  assert.equal(word('REF').kind, 'refusal');
  assert.equal(word('CO').kind, 'code');
  assert.equal(word('*Code*').kind, 'code');
  for (const text of ['C', 'Recode', 'Re', 'REFUSED', 'Code quality', '']) {
    assert.deepEqual(word(text), { kind: 'none', said: text });
  }
  assert.deepEqual(readLogprobs({ text: '', declined: 'no' }), { kind: 'none', said: 'declined: no' });
  assert.equal(readLogprobs({ text: '85' }).kind, 'noLogprobs');
  assert.equal(readLogprobs({ text: '85', firstToken: tokens({ '8': 1 }) }).kind, 'noLogprobs');
  assert.equal(readLogprobs({ text: '100', firstToken: tokens({ '10': 1 }) }).kind, 'noLogprobs');
  close(score(readLogprobs({ text: '8\nBecause', firstToken: tokens({ '8': 1 }) })), 8);
});

test('text: one number from 0 to 100, or a word; anything else is nothing', () => {
  const read = (text: string): number | string => {
    const verdict = readText({ text });
    return verdict.kind === 'score' ? verdict.score : verdict.kind;
  };
  const expected: Record<string, number | string> = {
    '85': 85,
    ' 0\n': 0,
    '100.': 100,
    '72.5': 72.5,
    'Score: 85': 85,
    '85/100': 85,
    '85 / 100': 85,
    '90%': 90,
    CODE: 'code',
    'REFUSAL.': 'refusal',
    '"refusal"': 'refusal',
    '101': 'none',
    '-5': 'none',
    '1500': 'none',
    'On a scale of 0 to 100': 'none',
    '20 or 30': 'none',
    'CODE is what this is not': 'none',
    '': 'none',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((text) => [text, read(text)])), expected);
  assert.deepEqual(readText({ text: '85', declined: 'content filter' }), {
    kind: 'none',
    said: 'declined: content filter',
  });
});
