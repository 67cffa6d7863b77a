import test from 'node:test';
import assert from 'node:assert/strict';
import type { Tokenizer } from 'traitlab/tokenizer/tokenizer';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { nextTokens } from 'traitlab/subject/nextTokens';
import { likeliest } from 'traitlab/subject/tokenGuess';
import { tokenWords } from 'traitlab/subject/tokenWords';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { exploringGolden, FLOAT32_SUMS, LOGITS } from '../helpers/exploringGolden';
import { tinyModel } from '../helpers/tinyModel';

/** Words are ids in brackets; special tokens, here those below 3, are left out where they are to be skipped. */
const tokenizer = {
  decode: (ids: readonly number[], { skipSpecialTokens = true } = {}) =>
    ids
      .filter((id) => !skipSpecialTokens || id >= 3)
      .map((id) => `<${id}>`)
      .join(''),
} as unknown as Tokenizer;

for (const [name, { prompts }] of Object.entries(exploringGolden().models)) {
  test(`${name}: the five most probable next tokens are those of transformers`, async () => {
    const model = await tinyModel(name);
    const asked = prompts.map(({ tokens }) => tokens);
    const guesses = await expectNoLeak(() => nextTokens(model.with({ tokenizer }), asked));
    assert.equal(guesses.length, prompts.length);
    prompts.forEach(({ next }, i) => {
      assert.deepEqual(
        guesses[i].map(({ token }) => token),
        next.tokens,
      );
      const of = (key: 'logit' | 'probability'): number[] => guesses[i].map((guess) => guess[key]);
      expectClose(of('logit'), next.logits, LOGITS);
      expectClose(of('probability'), next.probabilities, FLOAT32_SUMS);
      assert.deepEqual(
        guesses[i].map(({ word }) => word),
        next.tokens.map((token) => `<${token}>`),
        'special tokens included',
      );
    });
    disposeModel(model);
  });
}

test('probabilities are of all tokens, equal logits go by id, and k is within the vocabulary', async () => {
  const model = await tinyModel();
  const [all] = await nextTokens(model, [[5, 9]], { k: model.config.dVocab });
  assert.ok(Math.abs(all.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-6);
  assert.ok(all.every(({ word }) => word === ''));
  assert.deepEqual(tokenWords(model, [5, 9]), ['5', '9']);
  assert.deepEqual(tokenWords(model.with({ tokenizer }), [1, 9]), ['<1>', '<9>']);
  const tied = likeliest(Float32Array.of(500, 501, 501, -Infinity), { k: 4 });
  assert.deepEqual(
    tied.map(({ token }) => token),
    [1, 2, 0, 3],
  );
  const total = 2 + Math.exp(-1);
  expectClose(
    tied.map(({ probability }) => probability),
    [1 / total, 1 / total, Math.exp(-1) / total, 0],
    { rtol: 1e-12, atol: 0 },
  );
  for (const k of [0, 41, 1.5, NaN]) {
    const problem = `nextTokens: invalid k; expected an integer in [1, 40], got ${k}`;
    await assert.rejects(nextTokens(model, [[5]], { k }), { message: problem });
  }
  await assert.rejects(nextTokens(model, [[5], [40]]), /prompt 1: has token 40; expected ids in \[0, 39\]/);
  disposeModel(model);
});
