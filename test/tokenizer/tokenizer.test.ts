import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { chatTemplate, type Message } from 'traitlab/tokenizer/chatTemplate';
import { placeSystemMessage } from 'traitlab/tokenizer/systemRole';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { temporaryFolder } from '../helpers/temporaryFolder';

interface Golden {
  texts: { text: string; ids: number[]; plain: number[]; decoded: string; decodedWithSpecial: string }[];
  chats: { messages: Message[]; addGenerationPrompt: boolean; text?: string; ids?: number[]; error?: string }[];
}

const folderOf = (name: string): string => projectPath('test/goldens/tokenizer', name);
const goldenOf = (name: string): Golden => readJson('test', join(folderOf(name), 'golden.json')) as Golden;
const names = ['headers', 'default-system', 'no-system', 'instructions', 'words'];

const answersOf: Record<string, string> = {
  headers: 'See a doctor.<|end|>rest and drink water.<|end|>',
  'default-system': 'See a doctor.<|end|>\nrest and drink water.<|end|>\n',
  'no-system': 'See a doctor.<end>\nrest and drink water.<end>\n',
  instructions: 'See a doctor.<end> rest and drink water.<end>',
  words: 'See a <unk> </s> rest and drink water. </s>',
};

for (const name of names) {
  test(`${name}: ids and decoded texts are those of transformers`, () => {
    const tokenizer = loadTokenizer(folderOf(name));
    for (const { text, ids, plain, decoded, decodedWithSpecial } of goldenOf(name).texts) {
      const allowDoubleBos = true; // some texts hold the token
      assert.deepEqual(tokenizer.encode(text, { allowDoubleBos }), ids, JSON.stringify(text));
      assert.deepEqual(
        tokenizer.encode(text, { addSpecialTokens: false, allowDoubleBos }),
        plain,
        JSON.stringify(text),
      );
      assert.equal(tokenizer.decode(ids), decoded);
      assert.equal(tokenizer.decode(ids, { skipSpecialTokens: false }), decodedWithSpecial);
    }
  });

  test(`${name}: rendered chats and their ids are those of transformers, refusals included`, () => {
    const tokenizer = loadTokenizer(folderOf(name));
    for (const { messages, addGenerationPrompt, text, ids, error } of goldenOf(name).chats) {
      if (error !== undefined) {
        assert.throws(() => tokenizer.encodeChat(messages, { addGenerationPrompt }), new RegExp(error));
        continue;
      }
      assert.equal(tokenizer.renderChat(messages, { addGenerationPrompt }), text);
      assert.deepEqual(tokenizer.encodeChat(messages, { addGenerationPrompt }), ids);
    }
  });

  test(`${name}: the response mask marks each answer and its end-of-turn token, nothing else`, () => {
    const tokenizer = loadTokenizer(folderOf(name));
    const chat: Message[] = [
      { role: 'user', content: 'What should I do?' },
      { role: 'assistant', content: 'See a doctor.' },
      { role: 'user', content: 'I feel tired.' },
      { role: 'assistant', content: 'rest and drink water.' },
    ];
    const { tokens, responseMask } = tokenizer.encodeChatWithMask(chat);
    assert.deepEqual(tokens, tokenizer.encodeChat(chat));
    const marked = tokenizer.decode(
      tokens.filter((_, i) => responseMask[i]),
      { skipSpecialTokens: false },
    );
    assert.equal(marked.trimStart(), answersOf[name]);
  });
}

test('a second beginning-of-sequence token is an error unless asked for', () => {
  const tokenizer = loadTokenizer(folderOf('headers'));
  const text = tokenizer.renderChat([{ role: 'user', content: 'I feel tired.' }]);
  assert.throws(() => tokenizer.encode(text), /encode: two beginning-of-sequence tokens; expected one/);
  const twice = tokenizer.encode(text, { allowDoubleBos: true });
  assert.deepEqual(twice.slice(0, 2), [tokenizer.bosId, tokenizer.bosId]);
  assert.deepEqual(tokenizer.encode(text, { addSpecialTokens: false }), twice.slice(1));
});

test('a system message becomes a user turn or is folded where the template has no such role', () => {
  const tokenizer = loadTokenizer(folderOf('no-system'));
  const chat: Message[] = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hello' },
  ];
  assert.equal(tokenizer.renderChat(chat, { systemRole: 'fold' }), '<s><start>user\nBe kind.\n\nHello<end>\n');
  assert.equal(
    tokenizer.renderChat(chat, { systemRole: 'userTurn', addGenerationPrompt: true }),
    '<s><start>user\nBe kind.<end>\n<start>model\nUnderstood.<end>\n<start>user\nHello<end>\n<start>model\n',
  );
  assert.throws(
    () => placeSystemMessage([chat[0]], 'fold'),
    /cannot fold; expected a user turn after the system message, got nothing/,
  );
  assert.throws(() => placeSystemMessage([chat[0], chat[0]], 'fold'), /more than one system message/);
});

test('the acknowledgement of a system turn is not a response', () => {
  const tokenizer = loadTokenizer(folderOf('no-system'));
  const chat: Message[] = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'rest' },
  ];
  const { tokens, responseMask } = tokenizer.encodeChatWithMask(chat, { systemRole: 'userTurn' });
  assert.equal(tokenizer.decode(tokens.filter((_, i) => responseMask[i])).trim(), 'rest');
});

test('templates get strftime_now and raise_exception', () => {
  const render = (source: string): string =>
    chatTemplate(source, 'here').render([], { addGenerationPrompt: false, specialTokens: {} });
  assert.match(render("{{ strftime_now('%d %b %Y') }}"), /^\d\d [A-Z][a-z][a-z] \d{4}$/);
  assert.throws(() => render("{{ strftime_now('%Q') }}"), /here: strftime_now: unsupported directive %Q/);
  assert.throws(
    () => render("{{ raise_exception('no') }}"),
    /renderChat: here: no; expected messages that this template accepts/,
  );
  assert.throws(() => chatTemplate('{% if %}', 'here'), /chatTemplate: here: template does not parse/);
});

test("Python's strip with characters takes off these and no others", () => {
  const render = (expression: string): string =>
    chatTemplate(`{{ '[' + ${expression} + ']' }}`, 'here').render([], {
      addGenerationPrompt: false,
      specialTokens: {},
    });
  assert.equal(render("'\\n\\n a \\n'.strip('\\n')"), '[ a ]');
  assert.equal(render("'\\n\\n a \\n'.lstrip('\\n')"), '[ a \n]');
  assert.equal(render("'\\n\\n a \\n'.rstrip('\\n')"), '[\n\n a ]');
  assert.equal(render("'xyaxy'.strip('yx')"), '[a]');
  assert.equal(render("'xyxy'.strip('xy')"), '[]');
  assert.equal(render("' \\n a \\n '.strip()"), '[a]');
  assert.equal(render("('xa' + 'ax').strip('x').split('a')[0] | trim"), '[]');
});

test('bad folders are refused by file and problem', () => {
  const folder = join(temporaryFolder(), 'tokenizer');
  const fresh = (): void => {
    rmSync(folder, { recursive: true, force: true });
    cpSync(folderOf('words'), folder, { recursive: true });
  };
  const file = (name: string): string => join(folder, name);
  fresh();
  rmSync(file('tokenizer.json'));
  assert.throws(() => loadTokenizer(folder), /loadTokenizer: .*tokenizer.json: no such file/);
  for (const text of ['{', '[]', '{"model": 3}', '{"model": {"type": "WordLevel", "vocab": {}}}', 'null', '""']) {
    fresh();
    writeFileSync(file('tokenizer.json'), text);
    assert.throws(() => loadTokenizer(folder), /^Error: loadTokenizer: .*tokenizer.json: [^\n]*expected [^\n]*$/, text);
  }
  fresh();
  const json = readJson('test', file('tokenizer.json')) as object;
  const split = { type: 'Split', pattern: { String: '-' }, behavior: 'MergedWithNext', invert: false };
  writeFileSync(
    file('tokenizer.json'),
    JSON.stringify({ ...json, pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } }),
  );
  assert.throws(
    () => loadTokenizer(folder),
    /unsupported behavior "MergedWithNext" of pre-tokenizer Split; expected Isolated or/,
  );
  const spoil = (change: object): void => writeFileSync(file('tokenizer.json'), JSON.stringify({ ...json, ...change }));
  spoil({ normalizer: { type: 'Replace', pattern: 'x', content: '' } });
  assert.throws(() => loadTokenizer(folder), /invalid pattern "x" of Replace; expected String or Regex/);
  spoil({ post_processor: { type: 'TemplateProcessing', single: [3] } });
  assert.throws(
    () => loadTokenizer(folder),
    /^Error: loadTokenizer: .*tokenizer\.json: .*; expected a tokenizer\.json of/,
  );
  fresh();
  writeFileSync(file('tokenizer_config.json'), '{"chat_template": "{% if %}"}');
  assert.throws(() => loadTokenizer(folder), /tokenizer_config.json: template does not parse/);
  fresh();
  writeFileSync(file('tokenizer_config.json'), '{}');
  assert.throws(
    () => loadTokenizer(folder).renderChat([]),
    /no chat template; expected chat_template.jinja or chat_template in/,
  );
});
