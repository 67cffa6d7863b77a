import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { loadTokenizer, type Tokenizer } from 'traitlab/tokenizer/tokenizer';
import { temporaryFolder } from '../helpers/temporaryFolder';

interface Case {
  name: string;
  tokenizer: string;
  /** The template without marks; null if the marks leave the end of a turn out. */
  plain: string | null;
  marked: string;
  answers: { ids?: number[]; mask?: string; error?: string }[];
}

const folderOf = (name: string): string => projectPath('test/goldens/tokenizer', name);
const { chats, cases } = readJson('test', folderOf('answers.json')) as { chats: Message[][]; cases: Case[] };
const dir = temporaryFolder();

/** A tokenizer of the goldens with another chat template. */
function withTemplate(folder: string, name: string, template: string): Tokenizer {
  const to = join(dir, name);
  cpSync(folderOf(folder), to, { recursive: true });
  writeFileSync(join(to, 'chat_template.jinja'), template);
  return loadTokenizer(to);
}

for (const { name, tokenizer: folder, plain, marked, answers } of cases) {
  for (const [kind, template] of [
    ['without', plain],
    ['with', marked],
  ] as const) {
    if (template === null) continue;
    test(`${name}: the tokens of answers are those of transformers, ${kind} generation marks`, () => {
      const tokenizer = withTemplate(folder, `${name}-${kind}`, template);
      answers.forEach(({ ids, mask, error }, i) => {
        const encode = () => tokenizer.encodeChatWithMask(chats[i], { allowDoubleBos: true });
        if (error !== undefined) {
          assert.throws(encode, new RegExp(error));
          return;
        }
        const { tokens, responseMask } = encode();
        assert.deepEqual(tokens, ids, `chat ${i}`);
        assert.equal(responseMask.map(Number).join(''), mask, `chat ${i}: ${JSON.stringify(chats[i])}`);
      });
    });
  }
}

test('an answer that the template does not show, or marks that change the text, are refused', () => {
  const chat: Message[] = ['user', 'assistant', 'user', 'assistant'].map((role) => ({
    role: role as Message['role'],
    content: `says ${role}`,
  }));
  const lengths =
    '{% for m in messages %}<|start|>{{ m.role }} {{ m.content if loop.last else m.content | length }}<|end|>{% endfor %}';
  assert.throws(
    () => withTemplate('default-system', 'lengths', lengths).encodeChatWithMask(chat),
    /^Error: encodeChatWithMask: message 1: the template leaves its text out; expected it in the rendered chat$/,
  );
  const measured =
    '{% for m in messages %}{% set x %}{% generation %}{{ m.content }}{% endgeneration %}{% endset %}{{ x | length }}{% endfor %}';
  assert.throws(
    () => withTemplate('default-system', 'measured', measured).encodeChatWithMask(chat),
    /^Error: encodeChatWithMask: the generation marks of the template change its text; expected them around whole/,
  );
});

test('with marks too, the acknowledgement of a system turn is no response', () => {
  const marked = cases.find(({ name }) => name === 'gemma')!.marked;
  const tokenizer = withTemplate('no-system', 'acknowledged', marked);
  const chat: Message[] = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'rest' },
  ];
  const { tokens, responseMask } = tokenizer.encodeChatWithMask(chat, { systemRole: 'userTurn' });
  assert.equal(tokenizer.decode(tokens.filter((_, i) => responseMask[i])).trim(), 'rest');
});

test('an answer after what the template does not take alone is found all the same', () => {
  const strict =
    "{% if messages | length == 1 and messages[0].role == 'system' %}{{ raise_exception('no turns') }}{% endif %}" +
    "{% for m in messages %}{{ '<|start|>' + m.role + '\\n' + m.content + '<|end|>\\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}";
  const tokenizer = withTemplate('default-system', 'strict', strict);
  const chat: Message[] = [
    { role: 'system', content: 'Be kind.' },
    { role: 'assistant', content: '\nHello' },
  ];
  const { tokens, responseMask } = tokenizer.encodeChatWithMask(chat);
  const shown = tokenizer.decode(
    tokens.filter((_, i) => responseMask[i]),
    { skipSpecialTokens: false },
  );
  assert.equal(shown, '\n\nHello<|end|>\n'); // the line break of the header is in the answer's first token
});

test('answers that are named as untrained are not marked, with marks and without', () => {
  const { plain, marked, answers } = cases.find(({ name }) => name === 'thoughts')!;
  const k = chats.findIndex((chat) => chat.length === 6 && chat[0].content === 'a');
  const runs = [...answers[k].mask!.matchAll(/1+/g)];
  const [{ 0: run, index }] = runs.slice(1);
  const expected =
    answers[k].mask!.slice(0, index) + '0'.repeat(run.length) + answers[k].mask!.slice(index + run.length);
  assert.equal(runs.length, 3);
  for (const [kind, template] of [
    ['without', plain!],
    ['with', marked],
  ] as const) {
    const tokenizer = withTemplate('default-system', `untrained-${kind}`, template);
    const { responseMask } = tokenizer.encodeChatWithMask(chats[k], { untrained: [3] });
    assert.equal(responseMask.map(Number).join(''), expected, kind);
  }
});
