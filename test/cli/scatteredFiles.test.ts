import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readSafetensors } from 'traitlab/formats/safetensors';
import { golden } from '../helpers/golden';
import { callTraitlab } from '../helpers/callTraitlab';
import type { TraitlabRun } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();
const { prompt, cases } = golden<{
  prompt: number[];
  cases: Record<string, { config: object; generation?: object; greedy: number[] }>;
}>('checkpoints');
const { messages, adapters } = golden<{ messages: object[]; adapters: Record<string, { ids: number[] }> }>('adapters');

/** Runs a command in the folder of the test and gives standard error without progress. */
async function run(...args: string[]): Promise<TraitlabRun & { readonly notes: string[] }> {
  const ended = await callTraitlab(args, { cwd: dir });
  return { ...ended, notes: ended.stderr.split('\n').filter((line) => line !== '' && !/ done in /.test(line)) };
}

test.before(() => {
  const write = (name: string, content: unknown): void => writeFileSync(join(dir, name), JSON.stringify(content));
  write('tokens.jsonl', { tokens: prompt });
  write('chat.jsonl', { messages, addGenerationPrompt: true });
  for (const name of ['base', 'whole', 'template'])
    cpSync(projectPath('test/goldens/adapters', name), join(dir, name), { recursive: true });
  for (const name of ['a repetition penalty', 'settings']) {
    const folder = name.replace('a repetition ', '');
    mkdirSync(join(dir, folder));
    cpSync(projectPath('test/goldens/checkpoints/new.safetensors'), join(dir, folder, 'model.safetensors'));
    write(`${folder}/config.json`, cases['a repetition penalty'].config);
  }
  write('penalty/generation_config.json', cases['a repetition penalty'].generation);
  write('penalty/model.safetensors.index.json', {
    weight_map: { 'model.norm.weight': 'model-00001-of-00002.safetensors' },
  });
  write('settings/generation_config.json', {
    eos_token_id: 2,
    do_sample: true,
    top_k: 20,
    temperature: 0.7,
    no_repeat_ngram_size: 3,
  });
});

test('generate says which file it took, and follows the repetition penalty', async () => {
  const { status, stdout, notes } = await run(
    'generate',
    '--model',
    'penalty',
    '--prompts',
    'tokens.jsonl',
    '--max-new-tokens',
    '12',
  );
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), { tokens: cases['a repetition penalty'].greedy, text: '' });
  assert.deepEqual(notes, [
    'penalty/model.safetensors is used; penalty/model.safetensors.index.json beside it is not',
    'generate: penalty/generation_config.json names no eos_token_id: no token ends a continuation',
    'generate: penalty/generation_config.json: repetition_penalty 1.3 is applied',
    'generate: penalty has no tokenizer.json; texts are empty',
  ]);
});

test('generate says which generation settings it does not follow; those of sampling where it samples', async () => {
  const args = ['generate', '--model', 'settings', '--prompts', 'tokens.jsonl', '--max-new-tokens', '1'];
  const notBuilt =
    'generate: settings/generation_config.json: not applied, as they are not built in: no_repeat_ngram_size 3';
  assert.equal((await run(...args)).notes[0], notBuilt);
  assert.equal((await run(...args)).notes.length, 2);
  const sampled = await run(...args, '--temperature', '0.7');
  assert.deepEqual(sampled.notes.slice(0, 2), [
    notBuilt,
    'generate: settings/generation_config.json: not applied, as --temperature 0.7 is all that is asked for: top_k 20',
  ]);
  assert.match((await run(...args, '--temperature', '1')).notes[1], /asked for: temperature 0\.7, top_k 20$/);
});

for (const [name, notes] of Object.entries({
  whole: [
    "whole/tokenizer.json is used, which the adapter was trained with, and not base's",
    'whole/chat_template.jinja is used',
  ],
  template: ["the chat template of template/chat_template.jinja is used, and not base's"],
})) {
  test(`activations --adapter ${name}: the chat is encoded with what lies beside the adapter, and it is said`, async () => {
    const ran = await run('activations', '--model', 'base', '--adapter', name, '--prompts', 'chat.jsonl', '--sites', 'logits', '--out', `${name}.safetensors`); // prettier-ignore
    assert.equal(ran.status, 0, ran.stderr);
    const tokens = readSafetensors(join(dir, `${name}.safetensors`)).tensors.get('prompt0/tokens')!;
    assert.deepEqual([...tokens.int32()], adapters[name].ids);
    assert.deepEqual(ran.notes, notes);
  });
}

test('finetune says that chats are not tokenized as the starting adapter was', async () => {
  const recipe = { method: 'lora', learningRate: 0.01, maxSteps: 1, initAdapter: 'whole' };
  writeFileSync(join(dir, 'recipe.json'), JSON.stringify(recipe));
  const chat = { messages: [...messages, { role: 'assistant', content: 'See a doctor .' }] };
  writeFileSync(join(dir, 'data.jsonl'), JSON.stringify(chat));
  const ran = await run(
    'finetune',
    '--model',
    'base',
    '--data',
    'data.jsonl',
    '--recipe',
    'recipe.json',
    '--out',
    'out',
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.ok(ran.notes.some((note) => /^finetune: .*whole\/chat_template\.jinja is not used: chats are tokenized with what lies in base$/.test(note)), ran.stderr); // prettier-ignore
});
