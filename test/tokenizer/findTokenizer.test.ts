import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { capture } from 'traitlab/subject/capture';
import { loadModel } from 'traitlab/subject/loadModel';
import { disposeModel } from 'traitlab/subject/modelFiles';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { findTokenizer } from 'traitlab/tokenizer/findTokenizer';
import { maxRelativeError } from '../helpers/expectClose';
import { golden } from '../helpers/golden';
import { temporaryFolder } from '../helpers/temporaryFolder';

const folderOf = (name: string): string => projectPath('test/goldens/adapters', name);
const { messages, adapters } = golden<{
  messages: Message[];
  adapters: Record<string, { ids: number[]; text: string; logits: number[] }>;
}>('adapters');
const notes: Record<string, string[]> = {
  whole: [
    "{dir}/tokenizer.json is used, which the adapter was trained with, and not {base}'s",
    '{dir}/chat_template.jinja is used',
  ],
  'in-config': [
    "{dir}/tokenizer.json is used, which the adapter was trained with, and not {base}'s",
    '{dir}/tokenizer_config.json is used',
  ],
  template: ["the chat template of {dir}/chat_template.jinja is used, and not {base}'s"],
};

for (const [name, { ids, text, logits }] of Object.entries(adapters)) {
  test(`${name}: an adapter's chat is encoded with what lies beside it, and computed as PEFT does`, async () => {
    const heard: string[] = [];
    const model = await loadModel(folderOf('base'), { adapter: folderOf(name), onNote: (note) => heard.push(note) });
    assert.deepEqual(model.tokenizer.encodeChat(messages, { addGenerationPrompt: true }), ids);
    assert.equal(model.tokenizer.decode(ids, { skipSpecialTokens: false }), text);
    const rows = await capture(model, [messages], { sites: ['logits'], positions: 'promptLast' });
    assert.ok(maxRelativeError(rows.logits[0], logits) < 1e-5);
    const filled = (note: string): string => note.replace('{dir}', folderOf(name)).replace('{base}', folderOf('base'));
    assert.deepEqual(heard, notes[name].map(filled));
    disposeModel(model);
  });
}

test('without a word of its own an adapter has the tokenizer of its base', () => {
  const dir = temporaryFolder();
  const heard: string[] = [];
  const find = (model: string): ReturnType<typeof findTokenizer> =>
    findTokenizer(model, { adapterDir: dir, dVocab: 62, onNote: (note) => heard.push(note) });
  assert.equal(find(folderOf('base'))!().dir, folderOf('base'));
  assert.equal(find(dir), undefined);
  assert.deepEqual(heard, []);
  // A tokenizer without a template: the base's template is what is left.
  cpSync(folderOf('whole'), dir, { recursive: true });
  rmSync(join(dir, 'chat_template.jinja'));
  const base = findTokenizer(folderOf('base'), { dVocab: 62, onNote: assert.fail })!();
  assert.equal(find(folderOf('base'))!().templateHash, base.templateHash);
  assert.match(heard[1], /^the adapter has no chat template: .*base's is used$/);
});

test("an adapter whose tokens are not the model's is refused, naming its file", async () => {
  const opening = loadModel(folderOf('base'), { adapter: folderOf('resized'), onNote: () => undefined });
  await assert.rejects(
    opening,
    /resized\/tokenizer\.json: token "<b>" has id 62 and 1 more; expected ids below 62, the model's embedding/,
  );
  const dir = temporaryFolder();
  cpSync(folderOf('whole'), dir, { recursive: true });
  const file = join(dir, 'tokenizer.json');
  const json = readJson('test', file) as { model: { vocab: Record<string, number> } };
  const [first, second] = Object.keys(json.model.vocab).slice(8);
  const { [first]: a, [second]: b } = json.model.vocab;
  const vocab = { ...json.model.vocab, [first]: b, [second]: a };
  writeFileSync(file, JSON.stringify({ ...json, model: { ...json.model, vocab } }));
  assert.throws(
    () => findTokenizer(folderOf('base'), { adapterDir: dir, dVocab: 62, onNote: () => undefined }),
    new RegExp(`tokenizer\\.json: token "${first}" has id ${b}; expected ${a}, as in .*base/tokenizer\\.json$`),
  );
});
