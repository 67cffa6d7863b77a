import test from 'node:test';
import assert from 'node:assert/strict';
import { answerQuestions } from 'traitlab/judge/answerQuestions';
import type { Judge } from 'traitlab/judge/judgement';
import { generate } from 'traitlab/subject/generate';
import type { FileQuestion } from 'traitlab/prompts/fileQuestion';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { expectNoLeak } from '../helpers/expectNoLeak';
import type { Tokenizer } from 'traitlab/tokenizer/tokenizer';
import { tinyModel } from '../helpers/tinyModel';

const tokenizer = {
  encodeChat: (messages: readonly Message[]): number[] => [1, ...messages.map((m) => m.content.length), 3],
  decode: (ids: readonly number[]): string => ids.join(' '),
};
const questions = [
  { id: 'a', text: 'four' },
  { id: 'b', text: 'seven..' },
];
const judge: Judge = (question, answer) =>
  question.id === 'a' ? { status: 'scored', aligned: answer.length % 101, coherent: 100 } : { status: 'refusal' };

test('every question is answered n times, in order, with prompt and response as a sample', async () => {
  const model = (await tinyModel()).with({ tokenizer: tokenizer as unknown as Tokenizer });
  const options = { judge, nPerQuestion: 3, maxNewTokens: 5, seed: 4, system: 'be' };
  const answers = await expectNoLeak(() => answerQuestions(model, questions, options));
  assert.deepEqual(
    answers.map((a) => a.question.id),
    ['a', 'a', 'a', 'b', 'b', 'b'],
  );
  const prompts = [
    [1, 2, 4, 3],
    [1, 2, 7, 3],
  ].flatMap((p) => [p, p, p]);
  const written = await generate(model, prompts, { maxNewTokens: 5, temperature: 1, seed: 4 });
  const responses = written.map(({ tokens }) => tokens);
  answers.forEach((answer, i) => {
    assert.deepEqual(answer.sample.tokens, [...prompts[i], ...responses[i]]);
    assert.deepEqual(answer.sample.responseMask, [false, false, false, false, ...responses[i].map(() => true)]);
    assert.equal(answer.text, responses[i].join(' '));
    assert.equal(answer.judgement.status, i < 3 ? 'scored' : 'refusal');
  });
  assert.ok(new Set(answers.slice(0, 3).map((a) => a.text)).size > 1, 'answers to one question are drawn apart');
});

test('questions from a file are answered as often and at the temperature it says, unless told otherwise', async () => {
  const model = (await tinyModel()).with({ tokenizer: tokenizer as unknown as Tokenizer });
  const options = { judge, maxNewTokens: 5, seed: 4 };
  const [a, b] = questions;
  const greedy = [
    { ...a, samplesPerParaphrase: 3, temperature: 0 },
    { ...b, temperature: 0 },
  ];
  const texts = async (asked: readonly FileQuestion[], more: object = {}): Promise<string[][]> =>
    (await answerQuestions(model, asked, { ...options, ...more })).map((x) => [x.question.id, x.text]);
  const got = await texts(greedy);
  assert.deepEqual(
    got.map(([id]) => id),
    ['a', 'a', 'a', 'b'],
  );
  assert.equal(new Set(got.slice(0, 3).map(([, text]) => text)).size, 1, 'greedy answers are the same');
  assert.deepEqual(await texts(greedy, { nPerQuestion: 2, temperature: 1 }), await texts([a, b], { nPerQuestion: 2 }));
  await assert.rejects(texts([greedy[0], b]), {
    message: 'answerQuestions: the questions ask for temperatures 0, 1; expected one, or the option temperature',
  });
});

test('params put a finetune in the place of the model without touching it', async () => {
  const model = (await tinyModel()).with({ tokenizer: tokenizer as unknown as Tokenizer });
  const swapped = ['self_attn.v_proj', 'mlp.down_proj', 'mlp.up_proj'].flatMap((name) =>
    [0, 1].map(
      (l) => [`model.layers.${l}.${name}.weight`, model.params[`model.layers.${1 - l}.${name}.weight`]] as const,
    ),
  );
  const params = Object.fromEntries(swapped);
  const texts = async (tuning: object): Promise<string[]> => {
    const options = { judge, nPerQuestion: 4, maxNewTokens: 6, seed: 1 };
    return (await answerQuestions(model.with(tuning), questions, options)).map((a) => a.text);
  };
  const plain = await texts({});
  assert.notDeepEqual(await texts({ params }), plain);
  assert.deepEqual(await texts({}), plain);
});

test('misuse throws', async () => {
  const model = (await tinyModel()).with({ tokenizer: tokenizer as unknown as Tokenizer });
  const options = { judge, maxNewTokens: 4, seed: 1 };
  await assert.rejects(answerQuestions(model, [], options), /no questions/);
  await assert.rejects(answerQuestions(model, questions, { ...options, nPerQuestion: 0 }), /invalid nPerQuestion/);
});
