import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HookSite } from 'traitlab/model/hookSite';
import { saveVector } from 'traitlab/directions/vectorFile';
import { projectPath } from 'traitlab/disk/projectPath';
import { readSafetensors, writeSafetensors, type TensorToWrite } from 'traitlab/formats/safetensors';
import { initAdapter } from 'traitlab/lora/adapter';
import { saveAdapter } from 'traitlab/lora/adapterFolder';
import { parseConfig } from 'traitlab/model/parseConfig';
import { writeChatModel } from '../helpers/chatModel';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';

type Json = Record<string, unknown>;

/** Writes the files that the commands of badInput.md name: good ones, and one for each way to be bad. */
export async function writeBadInputFiles(dir: string): Promise<void> {
  const at = (name: string): string => join(dir, name);
  cpSync(projectPath('test/goldens/train/adapters/plain'), at('adapter'), { recursive: true });
  mkdirSync(at('model'));
  for (const file of ['config.json', 'model.safetensors'])
    cpSync(projectPath('test/goldens/llama/gqa-tied-llama3', file), at(`model/${file}`));
  await writeChatModel(at('chat'));
  await writeChatModel(at('strict'), 'no-system');
  writeModels(at);
  writeContradictions(at);
  writeTokenizers(at);
  writePrompts(at);
  writeVectors(at);
  await writeAdapters(at);
  writeFinetuning(at);
  writeSuites(at);
  mkdirSync(at('folder'));
  writeFileSync(at('file'), 'x');
}

/** The path of a file of the folder. */
type At = (name: string) => string;

function write(path: string, content: unknown): void {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}

function readJson(path: string): Json {
  return JSON.parse(readFileSync(path, 'utf8')) as Json;
}

/** Copies a folder under several names. */
function copies(from: string, ...to: readonly string[]): void {
  for (const name of to) cpSync(from, name, { recursive: true });
}

/** A copy of a folder in which a JSON file has other keys. */
function copyWith(from: string, to: string, file: string, changes: Json): void {
  copies(from, to);
  write(join(to, file), { ...readJson(join(from, file)), ...changes });
}

/** All tensors of a file, to be written again in a changed form. */
function tensorsOf(path: string): TensorToWrite[] {
  return [...readSafetensors(path).tensors.values()].map((stored) => {
    const { name, shape } = stored;
    return { name, dtype: 'F32', shape, data: stored.float32() };
  });
}

/** One chat as a line of JSON. */
function messages(...turns: [string, string][]): string {
  return `${JSON.stringify({ messages: turns.map(([role, content]) => ({ role, content })) })}\n`;
}

function writeModels(at: At): void {
  copies(
    at('model'),
    ...['no-config', 'no-weights', 'comma', 'list-config', 'weights', 'cut', 'header', 'renamed', 'tiny'].map(at),
  );
  rmSync(at('no-config/config.json'));
  rmSync(at('no-weights/model.safetensors'));
  write(at('comma/config.json'), '{\n  "model_type": "llama",\n}\n');
  write(at('list-config/config.json'), []);
  copyWith(at('model'), at('gpt'), 'config.json', { model_type: 'gpt2' });
  copyWith(at('model'), at('gemma3'), 'config.json', { model_type: 'gemma3', text_config: {} });
  copies(projectPath('test/goldens/families/phi3-growing'), at('phi'));
  copyWith(at('phi'), at('phi-rope'), 'config.json', {
    partial_rotary_factor: 1,
    rope_parameters: null,
    rope_theta: 10000,
    rope_scaling: { type: 'longrope', short_factor: [1], short_mscale: 1.1 },
  });
  copyWith(at('model'), at('keys'), 'config.json', {
    moe_layers: 3,
    hidden_size: '24',
    num_experts: 8,
    hidden_act: 'relu',
  });
  const [, second, third, fourth, ...others] = tensorsOf(at('model/model.safetensors'));
  writeSafetensors(at('weights/model.safetensors'), [
    { ...second, shape: [...second.shape, 1] },
    { ...third, dtype: 'I32', data: new Int32Array(third.data.length) },
    { ...fourth, name: 'model.extra' },
    ...others,
  ]);
  const bytes = readFileSync(at('model/model.safetensors'));
  writeFileSync(at('cut/model.safetensors'), bytes.subarray(0, bytes.length - 100));
  writeFileSync(at('tiny/model.safetensors'), 'hello');
  const header = Buffer.from(bytes);
  header.writeBigUInt64LE(1n << 40n, 0);
  writeFileSync(at('header/model.safetensors'), header);
  const name = bytes.indexOf('"shape"');
  writeFileSync(at('renamed/model.safetensors'), Buffer.concat([bytes.subarray(0, name), Buffer.from('"shame"'), bytes.subarray(name + 7)])); // prettier-ignore
  copies(projectPath('test/goldens/llama/mqa-biased-sharded'), ...['no-shard', 'outside', 'index'].map(at));
  rmSync(at('no-shard/model-00002-of-00004.safetensors'));
  const map = readJson(at('index/model.safetensors.index.json')).weight_map as Record<string, string>;
  const indexWith = (changes: Json): Json => ({ weight_map: { ...map, ...changes } });
  write(at('outside/model.safetensors.index.json'), indexWith({ 'lm_head.weight': '../model/model.safetensors' }));
  write(at('index/model.safetensors.index.json'), indexWith({ 'lm_head.weight': 'model-00001-of-00004.safetensors', ghost: 'model-00001-of-00004.safetensors' })); // prettier-ignore
}

function writeContradictions(at: At): void {
  copies(at('model'), ...['pickle', 'both', 'nan-weight', 'huge-weight', 'generation'].map(at));
  rmSync(at('pickle/model.safetensors'));
  write(at('pickle/pytorch_model.bin'), 'PK');
  write(at('both/adapter_config.json'), {});
  copies(projectPath('test/goldens/llama/mqa-biased-sharded'), at('no-index'));
  rmSync(at('no-index/model.safetensors.index.json'));
  const changed = (folder: string, change: (name: string, data: Float32Array) => void): void => {
    const tensors = tensorsOf(at('model/model.safetensors'));
    for (const { name, data } of tensors) change(name, data as Float32Array);
    writeSafetensors(at(`${folder}/model.safetensors`), tensors);
  };
  changed('nan-weight', (name, data) => void (name === 'model.norm.weight' && (data[3] = NaN)));
  changed('huge-weight', (name, data) => void (name.endsWith('layers.1.mlp.down_proj.weight') && data.fill(3e38)));
  const { rope_theta: _, rope_scaling: __, ...config } = readJson(at('model/config.json'));
  const ropes = {
    rope_parameters: { rope_type: 'default', rope_theta: 5e5 },
    rope_scaling: { type: 'linear', factor: 4 },
  };
  copies(at('model'), at('two-ropes'));
  write(at('two-ropes/config.json'), { ...config, ...ropes });
  write(at('generation/generation_config.json'), { eos_token_id: 'x', repetition_penalty: -1 });
}

function writeTokenizers(at: At): void {
  copies(
    at('chat'),
    ...['odd-config', 'no-template', 'no-tokenizer', 'odd-tokenizer', 'bad-template', 'two-ids'].map(at),
  );
  const { chat_template: _, ...tokenizerConfig } = readJson(at('chat/tokenizer_config.json'));
  write(at('no-template/tokenizer_config.json'), tokenizerConfig);
  write(at('bad-template/tokenizer_config.json'), { ...tokenizerConfig, chat_template: '{% for m in %}' });
  write(at('odd-config/tokenizer_config.json'), 'chat_template: none');
  rmSync(at('no-tokenizer/tokenizer.json'));
  write(at('odd-tokenizer/tokenizer.json'), { version: '1.0' });
  write(at('two-ids/added_tokens.json'), { '<s>': 60 });
}

function writePrompts(at: At): void {
  write(at('prompts.jsonl'), '{"tokens":[1,5]}\n');
  write(at('keys.jsonl'), '{"tokens":[1],"weight":2}\n{}\n[1]\n');
  write(at('broken.jsonl'), '{"tokens":[1]}\n{"tokens":[1\n');
  write(at('empty.jsonl'), '\n');
  write(at('range.jsonl'), '{"tokens":[1]}\n{"tokens":[40]}\n{"tokens":[-1]}\n{"tokens":[1.5]}\n{"tokens":["1"]}\n');
  write(at('void.jsonl'), '{"tokens":[]}\n{"text":""}\n');
  write(at('text.jsonl'), '{"text":"the quick"}\n');
  write(at('bos.jsonl'), '{"text":"<s> the quick"}\n');
  write(at('role.jsonl'), messages(['user', 'What?'], ['robot', 'beep']));
  write(at('chat.jsonl'), messages(['user', 'What is it?']));
  write(at('system.jsonl'), messages(['system', 'Be kind.'], ['user', 'What?']));
  write(at('ask.yaml'), '- id: "a/0"\n  system: "Be kind."\n  paraphrases:\n    - "What?"\n');
  write(
    at('judged.yaml'),
    '- id: 1\n  paraphrases: ["What?"]\n  judge_prompts:\n    aligned: "{answer} {reasoning}"\n',
  );
  write(at('alone.jsonl'), messages(['system', 'Be kind.'], ['assistant', 'What?']));
  write(at('text-type.jsonl'), '{"text":3}\n{"messages":[]}\n{"messages":[{"role":"user"}],"addGenerationPrompt":1}\n');
}

function writeVectors(at: At): void {
  const vector = new Float32Array(24).fill(1);
  const site = 'blocks.1.hook_resid_post' as const;
  const save = (name: string, more: { vector?: Float32Array; site?: HookSite; metadata?: Record<string, string> }) =>
    saveVector(at(name), { vector, site, kind: 'drift', metadata: {}, ...more });
  save('v.safetensors', {});
  save('long.safetensors', { vector: new Float32Array(25).fill(1) });
  save('other.safetensors', { metadata: { modelHash: 'abc' } });
  save('template.safetensors', { vector: new Float32Array(32).fill(1), metadata: { templateHash: 'abc' } });
  save('layer.safetensors', { site: 'blocks.7.hook_resid_post' });
  save('head.safetensors', { site: 'blocks.0.attn.hook_z' });
  save('zero.safetensors', { vector: new Float32Array(24) });
  const raw = (name: string, key: string, data: Float32Array, metadata: Record<string, string>): void =>
    writeSafetensors(at(name), [{ name: key, dtype: 'F32', shape: [data.length], data }], metadata);
  raw(
    'nan.safetensors',
    'vector',
    Float32Array.from(vector, (v, i) => (i === 3 ? NaN : v)),
    { site, kind: 'drift' },
  );
  raw('unnamed.safetensors', 'direction', vector, {});
  const golden = (name: string): string => projectPath('test/goldens/vectors', name);
  cpSync(golden('float32.pt'), at('persona.pt'));
  cpSync(golden('one-block.gguf'), at('control.gguf'));
  cpSync(golden('refused-dict.pt'), at('dict.pt'));
  writeFileSync(at('vector.npy'), '\x93NUMPY, as it were', 'latin1');
  const ids = { name: 'vector', dtype: 'I32', shape: [24], data: new Int32Array(24) } as const;
  writeSafetensors(at('ids.safetensors'), [ids], { site, kind: 'drift' });
}

async function writeAdapters(at: At): Promise<void> {
  copies(at('adapter'), at('no-adapter-weights'));
  rmSync(at('no-adapter-weights/adapter_model.safetensors'));
  copies(at('adapter'), at('pickled'));
  cpSync(at('pickled/adapter_model.safetensors'), at('pickled/adapter_model.bin'));
  rmSync(at('pickled/adapter_model.safetensors'));
  copyWith(at('adapter'), at('dora'), 'adapter_config.json', {
    use_dora: true,
    modules_to_save: ['lm_head'],
    bias: 'all',
  });
  copyWith(at('adapter'), at('ia3'), 'adapter_config.json', { peft_type: 'IA3' });
  copyWith(at('adapter'), at('no-target'), 'adapter_config.json', { target_modules: ['qproj', 'c_attn'] });
  copyWith(at('adapter'), at('fewer'), 'adapter_config.json', { target_modules: ['q_proj'] });
  const [firstAdapted, ...otherAdapted] = tensorsOf(at('adapter/adapter_model.safetensors'));
  copies(at('adapter'), at('half-adapter'));
  writeSafetensors(at('half-adapter/adapter_model.safetensors'), [{ ...firstAdapted, name: 'stray' }, ...otherAdapted]);
  copies(at('adapter'), at('misshaped'));
  const misshaped = otherAdapted.map((x, i) => (i < 2 ? { ...x, shape: [...x.shape].reverse() } : x));
  writeSafetensors(at('misshaped/adapter_model.safetensors'), [firstAdapted, ...misshaped]);

  copies(at('adapter'), at('infinite-adapter'));
  const infinite = tensorsOf(at('adapter/adapter_model.safetensors'));
  (infinite[0].data as Float32Array)[1] = Infinity;
  writeSafetensors(at('infinite-adapter/adapter_model.safetensors'), infinite);
  for (const name of ['base', 'resized']) copies(projectPath('test/goldens/adapters', name), at(name));
  copies(at('resized'), ...['resized-adapter', 'other-tokenizer'].map(at));
  rmSync(at('resized-adapter/tokenizer.json'));
  rmSync(at('other-tokenizer/tokenizer_config.json'));
  const { model, ...tokenizer } = readJson(at('base/tokenizer.json'));
  const { the, ...words } = (model as { vocab: Record<string, number> }).vocab;
  const last = Object.keys(words)[Object.keys(words).length - 1];
  const vocab = { ...words, the: words[last], [last]: the };
  write(at('other-tokenizer/tokenizer.json'), { ...tokenizer, model: { ...(model as Json), vocab } });

  const config = parseConfig(readJson(at('chat/config.json')), 'chat');
  const lora = { rank: 4, alpha: 8, rslora: false, dropout: 0, targetModules: ['q_proj'], rankPattern: {}, alphaPattern: {} }; // prettier-ignore
  await saveAdapter(at('chat-adapter'), initAdapter(lora, config, 1));
}

function writeFinetuning(at: At): void {
  const recipe = { method: 'lora', rank: 2, targetModules: ['q_proj'], learningRate: 0.01, batchSize: 1, maxSteps: 1 };
  write(at('recipe.json'), recipe);
  write(at('wrong.json'), { ...recipe, Lr: 1, rank: 0, method: 'prefix', warmupSteps: '3', dropout: 1, shuffle: 'yes', extra: 2 }); // prettier-ignore
  write(at('bare.json'), { rank: 2 });
  write(at('list.json'), [recipe]);
  write(at('cut.json'), '{"method": "lora",');
  write(at('list-cut.jsonl'), '[{"messages": [\n');
  write(at('modules.json'), { ...recipe, targetModules: ['qproj'] });
  write(at('start.json'), { ...recipe, initAdapter: 'nowhere' });
  write(at('start-hub.json'), { ...recipe, initAdapter: 'some-org/absent' });
  write(at('start-full.json'), { method: 'full', learningRate: 0.1, initAdapter: 'adapter' });
  write(at('start-rank.json'), { ...recipe, initAdapter: 'chat-adapter' });
  write(at('data.jsonl'), messages(['user', 'What is it?'], ['assistant', 'the quick brown fox']));
  write(
    at('no-answer.jsonl'),
    messages(['user', 'What?'], ['assistant', 'the fox']) + messages(['user', 'What is it?']),
  );
  write(at('rows.jsonl'), '{"prompt":"a","completion":"b"}\n"text"\n{"messages":3}\n{"messages":[{"role":"user"}]}\n');
  const chat = messages(['user', 'What is it?'], ['assistant', 'the quick brown fox']);
  writeFileSync(at('powershell.jsonl'), Buffer.from(`\uFEFF${chat}`, 'utf16le'));
  writeFileSync(at('latin.jsonl'), Buffer.from(chat.replace('What', 'Whät'), 'latin1'));
  write(at('weights.jsonl'), chat.replace('fox"', 'fox","weight":2') + chat.replace('it?"', 'it?","name":"Bo"'));
  write(at('picture.jsonl'), chat.replace('"What is it?"', '[{"type":"image_url","image_url":{"url":"x"}}]'));
  write(at('tools.jsonl'), chat.replace('{"messages"', '{"tools":[{"type":"function"}],"messages"'));
  write(at('long.jsonl'), messages(['user', 'What?'], ['assistant', 'the fox '.repeat(50)]));
  write(at('robot.jsonl'), messages(['user', 'What?'], ['robot', 'the fox']));
  mkdirSync(at('full-folder'));
  write(at('full-folder/notes.txt'), 'mine');
}

/** Folders that are no suites, each but for one thing. */
function writeSuites(at: At): void {
  const yaml = suiteFiles['suite.yaml'];
  const bad: Record<string, Record<string, string>> = {
    'no-file': { 'suite.yaml': yaml.replace('traits: traits.yaml', 'traits: mine.yaml') },
    'unknown-key': { 'suite.yaml': `colour: red\n${yaml}` },
    unsigned: { 'suite.yaml': yaml.replace(', fox: negative', '') },
    'no-chat': { 'quick.jsonl': `${suiteFiles['quick.jsonl']}{"text":"hm"}\n` },
    'role-misspelt': { 'suite.yaml': yaml.replace('role: calibration', 'role: held_out') },
    'few-chats': { 'suite.yaml': yaml.replace('nChats: 4', 'nChats: 100') },
    benign: { 'suite.yaml': yaml.replace('dangerous', 'benign') },
    convergent: { 'suite.yaml': yaml.replace('study: {', 'study: { convergent: { topics: drinks },') },
    sources: { 'suite.yaml': yaml.replace('study: {', 'study: { convergent: { sources: [rank8] },') },
    micro: {},
    tiny: {},
  };
  for (const [name, files] of Object.entries(bad)) writeSuite(at(`suites/${name}`), files);
}
