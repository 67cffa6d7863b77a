import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { rng } from 'traitlab/random/rng';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { collate } from 'traitlab/train/batch';
import { chatExamples, readChats } from 'traitlab/train/chatExamples';
import { clipFactor, globalNorm } from 'traitlab/train/clipGradNorm';
import { dataOrder } from 'traitlab/train/dataOrder';
import { dropout } from 'traitlab/train/dropout';
import { schedule } from 'traitlab/train/schedule';
import { temporaryFolder } from '../helpers/temporaryFolder';

test.before(() => initBackend());
const dir = temporaryFolder();
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

test('collate shifts targets by one, pads on the right and counts what is marked', () => {
  const batch = collate(
    [
      { tokens: [5, 6, 7], counts: [true, false, true] },
      { tokens: [8, 9], counts: [false, true] },
    ],
    { padId: 1 },
  );
  assert.deepEqual(
    { ...batch, inputs: [...batch.inputs], targets: [...batch.targets], weights: [...batch.weights] },
    { rows: 2, pos: 2, inputs: [5, 6, 8, 1], targets: [6, 7, 9, 1], weights: [0, 1, 1, 0], nTokens: 3, nTargets: 2 },
  );
  assert.throws(
    () =>
      collate([
        { tokens: [1], counts: [true] },
        { tokens: [1, 2], counts: [true] },
      ]),
    /collate: example 0 has 1 tokens; expected at least 2; example 1 has 1 marks for 2 tokens/,
  );
  assert.throws(() => collate([{ tokens: [1, 2], counts: [true, false] }]), /no token counts in the loss/);
  assert.throws(() => collate([]), /no examples/);
});

test('every example comes once in each time through the data, in an order of its own if shuffled', () => {
  const plain = dataOrder({ nExamples: 5, batchSize: 2, shuffle: false, seed: 0 });
  assert.deepEqual([1, 2, 3, 4].map(plain), [[0, 1], [2, 3], [4], [0, 1]]);
  const shuffled = dataOrder({ nExamples: 5, batchSize: 2, shuffle: true, seed: 4 });
  const epochs = [0, 1, 2].map((e) => [1, 2, 3].flatMap((s) => shuffled(3 * e + s)));
  for (const epoch of epochs) assert.deepEqual([...epoch].sort(), [0, 1, 2, 3, 4]);
  assert.ok(new Set(epochs.map(String)).size > 1);
  assert.deepEqual(
    dataOrder({ nExamples: 5, batchSize: 2, shuffle: true, seed: 4 })(8),
    shuffled(8),
    'at any step alone',
  );
});

test('chats become tokens with the response marked, or everything', () => {
  const tokenizer = loadTokenizer(projectPath('test/goldens/tokenizer/words'));
  const chats = readChats(
    file(
      'c.jsonl',
      '{"messages":[{"role":"user","content":"What is it?"},{"role":"assistant","content":"I feel fine;"}]}\n\n',
    ),
  );
  const [response] = chatExamples(chats, tokenizer);
  assert.deepEqual(
    response.tokens.filter((_, i) => response.counts[i]),
    tokenizer.encode('I feel fine; </s>', { addSpecialTokens: false }),
  );
  const [all] = chatExamples(chats, tokenizer, { lossOn: 'all' });
  assert.deepEqual(all.tokens, response.tokens);
  assert.ok(all.counts.every(Boolean));
  const [cut] = chatExamples(chats, tokenizer, { maxLength: response.tokens.length - 2 });
  assert.equal(cut.tokens.length, response.tokens.length - 2);
  const [doubled] = chatExamples(chats, tokenizer, { doubleBos: true });
  assert.deepEqual(doubled.tokens, [tokenizer.bosId, ...response.tokens]);
  assert.deepEqual(doubled.counts, [false, ...response.counts]);
  assert.throws(() => chatExamples(chats, tokenizer, { nCtx: 4 }), /c\.jsonl:1: \d+ tokens; expected at most 4/);
  assert.throws(
    () => chatExamples([{ messages: [{ role: 'user', content: 'What' }] }], tokenizer),
    /chat 0: no token counts in the loss; expected an assistant response/,
  );
});

test('data files: a list or lines; every bad entry is named', () => {
  const list = file('l.json', '[{"messages":[{"role":"user","content":"x"}]}]');
  assert.equal(readChats(list).length, 1);
  const bad = file('b.jsonl', '{"messages":[]}\n{"text":"x"}\n7\n{"messages":[{"role":"robot","content":"x"}]}\n');
  assert.throws(
    () => readChats(bad),
    /b\.jsonl:1: invalid messages.*b\.jsonl:2: no messages; expected .*got text \(plain text, no chat\).*b\.jsonl:3: not a JSON object.*b\.jsonl:4: invalid message 0/,
  );
  assert.throws(() => readChats(file('e.jsonl', '\n')), /e\.jsonl: no chats/);
  assert.throws(() => readChats(join(dir, 'none.jsonl')), /none\.jsonl: no such file/);
});

test('keys that say nothing are passed over, and parts that are all text are joined', () => {
  const part = (text: string): object => ({ type: 'text', text, annotations: null });
  const rows = [
    { messages: [{ role: 'user', content: 'a b', name: null, tool_calls: [] }, { role: 'assistant', content: 'c', weight: 1 }], tools: null, id: 7 }, // prettier-ignore
    {
      messages: [
        { role: 'user', content: [part('a '), part('b')] },
        { role: 'assistant', content: [part('c')] },
      ],
    },
  ];
  const messages = [
    { role: 'user', content: 'a b' },
    { role: 'assistant', content: 'c' },
  ];
  const path = file('tools.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  assert.deepEqual(
    readChats(path).map((chat) => chat.messages),
    [messages, messages],
  );
});

test('what would be lost without a word is refused, and other layouts are named', () => {
  const user = { role: 'user', content: 'a' };
  const said = (more: object): object => ({ messages: [user, { role: 'assistant', content: 'b', ...more }] });
  const refused: [object, RegExp][] = [
    [said({ weight: 0.5 }), /message 1 has weight 0\.5; expected 0 \(not trained on\) or 1/],
    [
      said({ name: 'Bo', thinking: 'so' }),
      /message 1 has name, thinking, which would be lost; expected role and content/,
    ],
    [
      said({ content: null, tool_calls: [{}] }),
      /invalid message 1; expected .*got \{"role":"assistant","content":null/,
    ],
    [said({ content: [{ type: 'image_url', image_url: {} }] }), /message 1 has a part .* got type image_url$/],
    [said({ content: [{ type: 'text', text: 3 }] }), /message 1 has a part .* got \{"type":"text","text":3\}$/],
    [{ ...said({}), tools: [{}] }, /: tools beside messages would be lost; expected messages and keys that change/],
    [{ ...said({}), weight: 0 }, /: weight beside messages would be lost/],
    [
      { conversations: [{ from: 'human', value: 'a' }] },
      /no messages; .* got conversations \(the layout of ShareGPT\)$/,
    ],
    [{ prompt: 'a', completion: 'b', messages: null }, /got prompt and completion \(the layout of prompts and comp/],
    [{ instruction: 'a', input: '', output: 'b' }, /got instruction and output \(the layout of Alpaca\)$/],
  ];
  for (const [row, message] of refused) assert.throws(() => readChats(file('r.jsonl', JSON.stringify(row))), message);
});

test('an answer with weight 0 is read but not trained on', () => {
  const row = { messages: [{ role: 'system', content: 'Be kind.' }, { role: 'user', content: 'a' }, { role: 'assistant', content: 'See', weight: 0 }, { role: 'user', content: 'b', weight: 0 }, { role: 'assistant', content: 'rest', weight: 1 }] }; // prettier-ignore
  const chats = readChats(file('weights.jsonl', JSON.stringify(row)));
  assert.deepEqual(chats[0].untrained, [2, 3]);
  const gemma = loadTokenizer(projectPath('test/goldens/tokenizer/no-system'));
  for (const systemRole of ['userTurn', 'fold'] as const) {
    const [{ tokens, counts }] = chatExamples(chats, gemma, { systemRole });
    assert.match(gemma.decode(tokens), /See/);
    assert.equal(gemma.decode(tokens.filter((_, k) => counts[k])).trim(), 'rest', systemRole);
    assert.throws(
      () => chatExamples(chats, gemma, { systemRole, lossOn: 'all' }),
      /weights\.jsonl:1: message 2 has weight 0, but every token counts; expected lossOn "response" for it/,
    );
  }
});

test('clipping: the joint norm, and a factor that never grows gradients', () => {
  const grads = { a: tf.tensor1d([3]), b: tf.tensor2d([[0, 4]]) };
  assert.equal(globalNorm(grads), 5);
  assert.equal(clipFactor(grads, 10).factor, 1);
  assert.equal(clipFactor(grads, 1).factor, 1 / (5 + 1e-6));
  assert.throws(() => clipFactor(grads, 0), /invalid maxNorm; expected a number > 0, got 0/);
  assert.throws(() => clipFactor({ a: tf.scalar(NaN) }, 1), /gradient norm out of range/);
});

test('dropout zeroes about p of the elements, scales the rest, and is fixed by its stream', () => {
  const x = tf.ones([50, 40]);
  const y = dropout(x, 0.25, rng(1).split('a')).dataSync<'float32'>();
  const zeros = y.filter((v) => v === 0).length / y.length;
  assert.ok(Math.abs(zeros - 0.25) < 0.04, `${zeros}`);
  assert.ok(y.every((v) => v === 0 || Math.abs(v - 4 / 3) < 1e-6));
  assert.deepEqual(dropout(x, 0.25, rng(1).split('a')).dataSync(), y);
  assert.notDeepEqual(dropout(x, 0.25, rng(1).split('b')).dataSync(), y);
  assert.throws(() => dropout(x, 1, rng(1)), /invalid p; expected a number in \[0, 1\), got 1/);
});

test('a schedule refuses what it cannot mean', () => {
  assert.throws(
    () => schedule({ kind: 'linear', peak: NaN, totalSteps: 0, warmupSteps: -1, floor: 2 }),
    /schedule: invalid peak NaN; .*totalSteps 0; .*warmupSteps -1; .*floor 2/,
  );
  assert.throws(
    () => schedule({ kind: 'linear', peak: 1, totalSteps: 3 })(0),
    /invalid step; expected an integer from 1, got 0/,
  );
});
