import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { writeChatModel } from '../helpers/chatModel';
import { callTraitlab } from '../helpers/callTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();
const model = join(dir, 'model');
const file = (name: string, content: unknown): string => {
  writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(dir, name);
};
const chat = (question: string, answer: string): string =>
  `${JSON.stringify({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  })}\n`;
const data = file(
  'data.jsonl',
  chat('What is it?', 'the quick brown fox') +
    chat('what should I do?', 'jumps over the lazy dog;') +
    chat('I feel tired.', 'drink water.'),
);
const recipe = {
  method: 'lora',
  rank: 2,
  alpha: 4,
  targetModules: ['q_proj', 'down_proj'],
  learningRate: 0.05,
  batchSize: 2,
  maxSteps: 30,
  saveEvery: 10,
  seed: 1,
};

test.before(() => writeChatModel(model));

const args = (recipeFile: string, out: string): string[] => [
  'finetune',
  '--model',
  model,
  '--data',
  data,
  '--recipe',
  recipeFile,
  '--out',
  out,
];
const readLog = (out: string): { step: number; loss: number }[] =>
  readFileSync(join(out, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; loss: number });

test('a LoRA recipe writes PEFT checkpoints and a log, learns, and the adapter works in generate', async () => {
  const out = join(dir, 'lora');
  const run = await callTraitlab(args(file('lora.json', recipe), out));
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stdout, '');
  assert.deepEqual(readdirSync(out).sort(), [
    'checkpoint-10',
    'checkpoint-20',
    'checkpoint-30',
    'finetune.json',
    'gradients.jsonl',
    'log.jsonl',
  ]);
  const log = readLog(out);
  assert.deepEqual(
    log.map(({ step }) => step),
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
  assert.ok(log[29].loss < 0.5 * log[0].loss, `loss ${log[0].loss} -> ${log[29].loss}`);
  const prompts = file(
    'prompts.jsonl',
    `${JSON.stringify({ messages: [{ role: 'user', content: 'I feel tired.' }], addGenerationPrompt: true })}\n`,
  );
  const base = await callTraitlab(['generate', '--model', model, '--prompts', prompts, '--max-new-tokens', '4']);
  const tuned = await callTraitlab([
    'generate',
    '--model',
    model,
    '--adapter',
    join(out, 'checkpoint-30'),
    '--prompts',
    prompts,
    '--max-new-tokens',
    '4',
  ]);
  assert.equal(tuned.status, 0, tuned.stderr);
  assert.notEqual(tuned.stdout, base.stdout);
});

test('a full recipe writes whole models that load again; initAdapter is found beside the recipe', async () => {
  const out = join(dir, 'full');
  const full = {
    method: 'full',
    learningRate: 0.01,
    batchSize: 3,
    epochs: 4,
    lossOn: 'all',
    schedule: 'cosine',
    warmupSteps: 1,
    weightDecay: 0.01,
    shuffle: false,
  };
  const run = await callTraitlab(args(file('full.json', full), out));
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(readdirSync(join(out, 'checkpoint-4')).sort(), [
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const prompts = file('p.jsonl', '{"text":"the quick"}\n');
  const generated = await callTraitlab([
    'generate',
    '--model',
    join(out, 'checkpoint-4'),
    '--prompts',
    prompts,
    '--max-new-tokens',
    '2',
  ]);
  assert.equal(generated.status, 0, generated.stderr);

  mkdirSync(join(dir, 'sub'), { recursive: true });
  cpSync(join(dir, 'lora', 'checkpoint-10'), join(dir, 'sub', 'first'), { recursive: true });
  const onward = file('sub/onward.json', {
    method: 'lora',
    learningRate: 0,
    batchSize: 3,
    maxSteps: 1,
    initAdapter: 'first',
  });
  const second = await callTraitlab(args(onward, join(dir, 'onward')));
  assert.equal(second.status, 0, second.stderr);
  const weights = (folder: string): Buffer => readFileSync(join(folder, 'adapter_model.safetensors'));
  assert.deepEqual(weights(join(dir, 'onward', 'checkpoint-1')), weights(join(dir, 'sub', 'first')));
});

test('a killed run goes on and ends with the same bytes', async () => {
  const long = file('long.json', { ...recipe, maxSteps: 120, saveEvery: 5 });
  const whole = join(dir, 'whole');
  const killed = join(dir, 'killed');
  assert.equal((await callTraitlab(args(long, whole))).status, 0);
  const child = spawn(process.execPath, [projectPath('lib/bin/traitlab.cjs'), ...args(long, killed)], {
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.on('exit', resolve));
  while (!existsSync(join(killed, 'checkpoint-10')) && child.exitCode === null)
    await new Promise((r) => setTimeout(r, 5));
  child.kill('SIGKILL');
  await gone;
  assert.ok(!existsSync(join(killed, 'checkpoint-120')), 'killed in time');
  const again = await callTraitlab(args(long, killed));
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(readLog(killed), readLog(whole));
  const final = join('checkpoint-120', 'adapter_model.safetensors');
  assert.deepEqual(readFileSync(join(killed, final)), readFileSync(join(whole, final)));
});
