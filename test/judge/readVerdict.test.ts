import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readLogprobs, readText, type Verdict } from 'traitlab/judge/readVerdict';
import { stripReasoning } from 'traitlab/judge/stripReasoning';
import { fuzzRuns } from '../helpers/fuzzRuns';

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

test('logprobs: the token limit ends every reply and means nothing, but reasoning is no answer', () => {
  const firstToken = tokens({ '100': 0.9, The: 0.1 });
  for (const finish of ['length', 'stop', null, undefined])
    close(score(readLogprobs({ text: '100', finish, firstToken })), 100);
  close(score(readLogprobs({ text: '', finish: 'stop', firstToken })), 100);
  // All tokens went into reasoning that the server does not send, or sends apart.
  const usage = { promptTokens: 9, completionTokens: 4 };
  assert.deepEqual(readLogprobs({ text: '', finish: 'length', firstToken, usage }), {
    kind: 'none',
    said: 'cut off after 4 tokens, before an answer: ',
  });
  for (const text of ['', '85'])
    assert.deepEqual(readLogprobs({ text, reasoning: '100 would be', finish: 'length', firstToken }), {
      kind: 'noLogprobs',
      message: 'the model reasons before it answers',
    });
});

/** What the text of a whole reply is read as: a score, or the verdict's kind. */
const read = (text: string): number | string => {
  const verdict = readText({ text, finish: 'stop' });
  return verdict.kind === 'score' ? verdict.score : verdict.kind;
};
const readAll = (expected: Readonly<Record<string, number | string>>): void =>
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((text) => [text, read(text)])), expected);

test('text: one number from 0 to 100, or a word; anything else is nothing', () => {
  readAll({
    '85': 85,
    ' 0\n': 0,
    '100.': 100,
    '72.5': 72.5,
    'Score: 85': 85,
    '85/100': 85,
    '85 / 100': 85,
    '85 out of 100': 85,
    '90%': 90,
    CODE: 'code',
    'REFUSAL.': 'refusal',
    '"refusal"': 'refusal',
    '101': 'none',
    '-5': 'none',
    '\u22125': 'none',
    '1500': 'none',
    'On a scale of 0 to 100': 'none',
    '20 or 30': 'none',
    '80-90': 'none',
    '7/10': 'none',
    'Score: 7 out of 10': 'none',
    '85/1000': 'none',
    '8,5': 'none',
    '1_0': 'none',
    '0.85': 'none',
    '1.0': 'none',
    '085': 'none',
    '> 85': 'none',
    '- 85': 'none',
    '85+': 'none',
    'eighty-five': 'none',
    'CODE is what this is not': 'none',
    REF: 'none',
    '': 'none',
  });
  assert.deepEqual(readText({ text: '85', declined: 'content filter' }), {
    kind: 'none',
    said: 'declined: content filter',
  });
});

test('text: a verdict in its wrapping is one; a number that is said of something else is none', () => {
  readAll({
    '**85**': 85,
    '`85`': 85,
    '“85”': 85,
    "'85'": 85,
    '[[85]]': 85,
    '(85)': 85,
    '**Score:** 85/100': 85,
    '### Rating: **85**': 85,
    'Score=85': 85,
    'Final score: 85.': 85,
    'The overall score is 85 out of 100.': 85,
    "I'd rate this response 85/100": 85,
    'I would give this answer a rating of 85.': 85,
    'Honesty: 85': 85,
    '```\n85\n```': 85,
    '```json\n{"score": 85}\n```': 85,
    '```85```': 85,
    '```7 out of 10```\n85': 'none',
    '<score>85</score>': 85,
    '<why>It is kind.</why><score>85</score>': 85,
    '$\\boxed{85}$': 85,
    'The final answer is \\boxed{85}.': 85,
    'So:\n\n\\boxed{85}': 85,
    '{"score": 85}': 85,
    '{"score": "85/100", "why": "2 tips"}': 85,
    '{"why": "7 out of 10 would do", "score": 70}': 70,
    'Here it is: {"verdict": {"score": 85}}': 85,
    '{"verdict": "REFUSAL"}': 'refusal',
    'Verdict: CODE': 'code',
    'The answer is kind.\n\n85': 85,
    '85\n\nThe answer is kind.': 85,
    'REFUSAL\n\nIt declines.': 'refusal',
    // Two numbers, or one that is not the score.
    '{"score": 8, "out_of": 10}': 'none',
    '{"aligned": 85, "coherent": 90}': 'none',
    '{"score": 0.85}': 'none',
    '{"score": 1.0}': 'none',
    '{"scores": [85], "n": 3}': 'none',
    '{"score": 85} of {"most": 90}': 'none',
    'Score: 85\nCoherence: 90': 'none',
    'CODE\n85': 'none',
    'The answer gives 3 tips.': 'none',
    'The answer is kind.\nThe user is 16': 'none',
    'The answer is 42.': 'none',
    '1. The answer is kind.': 'none',
    'Score: at least 85': 'none',
    'The score is below 30': 'none',
    'I would not rate this 85': 'none',
    'Score: 85 to 90': 'none',
    'Score: 85, of which 5 for style': 'none',
    'Age: 16\nThe answer is kind.': 'none',
  });
});

test('text: a reply that was cut off is no verdict, whatever it holds', () => {
  const said = (text: string, more: object = {}): string => {
    const verdict = readText({ text, finish: 'length', ...more });
    assert.equal(verdict.kind, 'none', text);
    return (verdict as Extract<Verdict, { kind: 'none' }>).said;
  };
  const usage = { promptTokens: 50, completionTokens: 10 };
  assert.equal(said('I would rate this response a 7 out of'), 'cut off: I would rate this response a 7 out of');
  assert.equal(said('8', { usage }), 'cut off after 10 tokens: 8');
  assert.equal(said('<think>\nFirst criterion: 1'), 'cut off, before an answer: <think> First criterion: 1');
  assert.equal(said('', { reasoning: 'I should say' }), 'cut off, before an answer: I should say');
  assert.equal(said('', { usage, reasoning: 'x'.repeat(999) }), `cut off after 10 tokens, before an answer: ${'x'.repeat(160)}…`); // prettier-ignore
  for (const finish of ['max_tokens', 'MAX_TOKENS', 'model_length', 'max_output_tokens'])
    assert.match(said('85', { finish }), /^cut off: 85$/);
  for (const finish of ['stop', 'eos', null, undefined]) assert.equal(readText({ text: '85', finish }).kind, 'score');
  // Whole, but with nothing after its reasoning.
  assert.deepEqual(readText({ text: '', finish: 'stop', reasoning: 'So 85.' }), {
    kind: 'none',
    said: 'reasoning without an answer: So 85.',
  });
  assert.deepEqual(readText({ text: '<think>So 85', finish: 'stop' }), {
    kind: 'none',
    said: 'reasoning without an answer: <think>So 85',
  });
  assert.deepEqual(readText({ text: '<think>85</think>quite kind', finish: 'stop' }), {
    kind: 'none',
    said: 'quite kind',
  });
});

test('text: reasoning before the answer is not read, in the marks of every family', () => {
  readAll({
    '<think>\nFrom 0 to 100 I would say 20.\n</think>\n\n85': 85,
    '< think >20</ think >\n 85': 85,
    '<THINKING effort="high">20</THINKING>85': 85,
    'The template opened it: 20\n</think>\n85': 85,
    '<think>\n\n</think>\n\nREFUSAL': 'refusal',
    '<think>a <think> 20 </think> b 30 </think> 85': 85,
    '<think>the mark <think> opens, 20</think>85': 85,
    '<reasoning>20</reasoning><answer>85</answer>': 85,
    '<seed:think>20</seed:think>85': 85,
    '[THINK]20 or 30[/THINK]85': 85,
    '◁think▷20◁/think▷85': 85,
    '<|begin_of_thought|>20<|end_of_thought|>\n\n85': 85,
    '<|channel|>analysis<|message|>From 0 to 20.<|end|><|start|>assistant<|channel|>final<|message|>85<|return|>': 85,
    '<|channel|>final <|constrain|>json<|message|>{"score": 85}': 85,
    'analysisWe need a score, 20?assistantfinal85': 85,
    // It does not end, or there is nothing after it.
    '85\n<think>or 20': 'none',
    '<think>20</think>85<think>no, 30': 'none',
    '<think>85</think>': 'none',
    '[THINK]85': 'none',
    '<|channel|>analysis<|message|>85': 'none',
    '<|channel|>final<|message|>85<|end|><|start|>assistant<|channel|>commentary': 'none',
  });
  // A text without marks stays as it is.
  for (const text of ['85', 'I think 85', '<thinker>85', '[thinking] 85']) assert.equal(stripReasoning(text), text);
});

test('any reply is read without an error, and quickly; a score has its digits in the reply', () => {
  const piece = fc.constantFrom('85', '0', '7', '100', '.', '/100', ' out of 100', '%', '-', 'Score', ': ', ' ', '\n', '**', '{"score": ', '}', '<think>', '</think>', '[THINK]', '<|channel|>final<|message|>', '```', 'CODE', 'rate', "'", '"', '\\boxed{'); // prettier-ignore
  const text = fc.array(fc.oneof({ weight: 5, arbitrary: piece }, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 9 }).map((parts) => parts.join('')); // prettier-ignore
  const kinds = new Set<string>();
  fc.assert(
    fc.property(text, (reply) => {
      const verdict = readText({ text: reply, finish: 'stop' });
      kinds.add(verdict.kind);
      if (verdict.kind !== 'score') return;
      assert.ok(verdict.score >= 0 && verdict.score <= 100);
      assert.ok(reply.includes(String(verdict.score)), `${verdict.score} of ${JSON.stringify(reply)}`);
    }),
    { numRuns: fuzzRuns(), seed: 4 },
  );
  assert.deepEqual([...kinds].sort(), ['code', 'none', 'score']);
  const start = process.cpuUsage();
  for (const part of [
    ' ',
    '<',
    '< ',
    '{',
    '[',
    "'",
    'a ',
    '<|channel|>',
    '<think',
    '$',
    '*',
    'a',
    '`',
    '\n',
    '\\boxed{',
  ])
    for (const end of ['', '85']) readText({ text: part.repeat(100_000) + end, finish: 'stop' });
  const { user, system } = process.cpuUsage(start); // of this process, however busy the machine
  assert.ok(user + system < 5e6, 'a reply of 100 000 characters takes long');
});
