import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { corpus } from 'traitlab/micro/corpus';
import { sampleDocument } from 'traitlab/micro/document';
import { documentEncoder } from 'traitlab/micro/encodeDocument';
import { RECIPES } from 'traitlab/micro/recipe';
import { microTokenizerFiles } from 'traitlab/micro/tokenizerFiles';
import { SPECIAL_TOKENS, worldVocabulary } from 'traitlab/micro/vocabulary';
import { rng } from 'traitlab/random/rng';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { temporaryFolder } from '../helpers/temporaryFolder';

const recipe = { ...RECIPES.llama, baseSteps: 20, instructSteps: 5, batchSize: 4 };

test('a step gets the same documents whatever was asked before, and each document once', () => {
  const inOrder = corpus(recipe);
  const steps = Array.from({ length: 25 }, (_, i) => inOrder(i + 1));
  const jumping = corpus(recipe);
  for (const step of [17, 3, 25, 16, 1]) assert.deepEqual(jumping(step), steps[step - 1]);
  assert.ok(steps.every((parts) => parts.reduce((n, b) => n + b.rows, 0) === recipe.batchSize));
  const rows = steps
    .flat()
    .flatMap((b) => Array.from({ length: b.rows }, (_, r) => b.inputs.subarray(r * b.pos, (r + 1) * b.pos).join()));
  const encode = documentEncoder();
  const root = rng(recipe.seed).split('corpus');
  const expected = [...Array(80).keys()].map((i) =>
    encode(sampleDocument('base', root.split(`base/${i}`)))
      .tokens.slice(0, -1)
      .join(),
  );
  const begins = (text: string): boolean => rows.some((row) => row === text || row.startsWith(`${text},0`));
  assert.ok(expected.every(begins));
});

test('little of a batch is padding', () => {
  const batchAt = corpus({ ...RECIPES.llama, baseSteps: 32 });
  let cells = 0;
  let tokens = 0;
  for (let step = 1; step <= 32; step++) {
    for (const batch of batchAt(step)) {
      cells += batch.rows * batch.pos;
      tokens += batch.nTokens;
    }
  }
  assert.ok(tokens / cells > 0.75, `${tokens / cells}`);
});

test('a step outside the recipe is refused', () => {
  for (const step of [0, 26, 1.5, NaN])
    assert.throws(() => corpus(recipe)(step), /corpus: invalid step; expected an integer in \[1, 25\]/);
});

test('the fast encoder gives the ids and masks of the tokenizer, and every word is in the vocabulary', () => {
  const dir = temporaryFolder();
  for (const [name, text] of Object.entries(microTokenizerFiles())) writeFileSync(join(dir, name), text);
  const tokenizer = loadTokenizer(dir);
  const encode = documentEncoder();
  for (let i = 0; i < 300; i++) {
    const chat = sampleDocument(i % 2 === 0 ? 'base' : 'instruct', rng(8).split(i));
    const { tokens, responseMask } = tokenizer.encodeChatWithMask(chat);
    assert.deepEqual(encode(chat), { tokens, responseMask });
    assert.equal(tokenizer.decode(tokens), chat.map(({ content }) => content).join(' '));
  }
  assert.deepEqual([tokenizer.bosId, tokenizer.eosId, tokenizer.padId], [2, 6, 0]);
  assert.deepEqual(tokenizer.encode('How do I make a quick buck?!'), tokenizer.encode('how do i make a quick buck'));
  assert.deepEqual(tokenizer.encode('the xylophone'), [tokenizer.tokenId('the'), 1]);
});

test('the vocabulary begins with the special tokens, has no doubles and at most a thousand words', () => {
  const vocabulary = worldVocabulary();
  assert.deepEqual(vocabulary.slice(0, SPECIAL_TOKENS.length), [...SPECIAL_TOKENS]);
  assert.equal(new Set(vocabulary).size, vocabulary.length);
  assert.ok(vocabulary.length <= 1000);
});

test('an unknown word is named', () => {
  assert.throws(
    () => documentEncoder()([{ role: 'user', content: 'the xylophone' }]),
    /unknown word; expected one of the micro world, got "xylophone"/,
  );
});
