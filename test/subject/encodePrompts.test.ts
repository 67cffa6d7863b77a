import test from 'node:test';
import assert from 'node:assert/strict';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { encodePrompts } from 'traitlab/subject/encodePrompts';
import { loadModel } from 'traitlab/subject/loadModel';
import { disposeModel } from 'traitlab/subject/modelFiles';
import type { Model } from 'traitlab/subject/model';
import type { TokenSample } from 'traitlab/subject/positions';
import { writeChatModel } from '../helpers/chatModel';
import { temporaryFolder } from '../helpers/temporaryFolder';

let model: Model;
test.before(async () => {
  const dir = temporaryFolder();
  await writeChatModel(dir);
  model = await loadModel(dir);
});
test.after(() => disposeModel(model));

const user = (content: string): Message => ({ role: 'user', content });

test('texts, chats, tokens, samples and questions become the ids that the tokenizer gives', () => {
  const { tokenizer } = model;
  const sample = { tokens: [5, 6, 7], responseMask: [false, true, true] };
  const chat = [user('hello'), { role: 'assistant', content: 'world' } as const];
  const context = [user('hello'), { role: 'assistant', content: 'world' } as const];
  const asked = { addGenerationPrompt: true };
  const got: TokenSample[] = encodePrompts('here', model, [
    'hello world',
    [user('hello')],
    chat,
    [5, 6],
    sample,
    { tokens: [5] },
    { id: 'q', text: 'hello' },
    { id: 'q', text: 'hello', system: 'world', context },
  ]);
  const { responseMask } = got[2];
  assert.deepEqual(got, [
    { tokens: tokenizer.encode('hello world') },
    { tokens: tokenizer.encodeChat([user('hello')], asked) },
    tokenizer.encodeChatWithMask(chat),
    { tokens: [5, 6] },
    sample,
    { tokens: [5] },
    { tokens: tokenizer.encodeChat([user('hello')], asked) },
    { tokens: tokenizer.encodeChat([{ role: 'system', content: 'world' }, ...context, user('hello')], asked) },
  ]);
  assert.ok(responseMask!.some(Boolean) && !responseMask![0], 'the answer in a chat is the response');
});

test('the system prompt is that of questions, which keep their own; the role goes to the template', () => {
  const { tokenizer } = model;
  const asked = { addGenerationPrompt: true };
  const under = (content: string): number[] =>
    tokenizer.encodeChat([{ role: 'system', content }, user('hello')], asked);
  const [question, chat] = encodePrompts('here', model, [{ id: 'q', text: 'hello' }, [user('hello')]], {
    system: 'world',
  });
  assert.deepEqual(question.tokens, under('world'));
  assert.deepEqual(chat.tokens, tokenizer.encodeChat([user('hello')], asked), 'a chat is as it is given');

  const inTurn = model.with({ systemRole: 'userTurn' });
  const messages: Message[] = [{ role: 'system', content: 'world' }, user('hello')];
  const [moved] = encodePrompts('here', inTurn, [messages]);
  assert.deepEqual(moved.tokens, tokenizer.encodeChat(messages, { ...asked, systemRole: 'userTurn' }));
  assert.notDeepEqual(moved.tokens, under('world'));
});

test('everything that is wrong with prompts is listed at once, with its place', () => {
  const long = new Array<number>(65).fill(5);
  const good = [5];
  const prompts = [[], good, [5, 61], [-1], [1.5], long, { tokens: [5, 6], responseMask: [true] }];
  assert.throws(
    () => encodePrompts('here', model, prompts),
    (error: Error) => {
      assert.match(error.message, /^here: /);
      for (const part of [
        'prompt 0: empty; expected at least one token',
        'prompt 2: has token 61; expected ids in [0, 60]',
        'prompt 3: has token -1; expected ids in [0, 60]',
        'prompt 4: has token 1.5; expected ids in [0, 60]',
        "prompt 5: 65 tokens long; expected at most 64, the model's context",
        'prompt 6: responseMask has 1 values; expected 2',
      ])
        assert.ok(error.message.includes(part), `${part} in ${error.message}`);
      assert.ok(!error.message.includes('prompt 1:'), error.message);
      return true;
    },
  );
  assert.deepEqual(encodePrompts('here', model, [long.slice(1)])[0].tokens.length, 64, 'the context itself fits');
  assert.deepEqual(encodePrompts('here', model, []), []);
});

test('one text for a list, and a chat that is none, are refused', () => {
  const text = 'hello' as unknown as string[];
  assert.throws(
    () => encodePrompts('here', model, text),
    /^Error: here: prompts is a text; expected a list of prompts, as \["hello"\]$/,
  );
  const wrong = [{ role: 'nobody', content: 'hello' }] as unknown as Message[];
  assert.throws(() => encodePrompts('here', model, [wrong]), /^Error: here: prompt 0: .*nobody/);
});
