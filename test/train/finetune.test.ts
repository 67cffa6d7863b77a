import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { projectPath } from 'traitlab/disk/projectPath';
import { adapterDeltas } from 'traitlab/lora/adapterDeltas';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { forward } from 'traitlab/model/forward';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { rng } from 'traitlab/random/rng';
import type { Example } from 'traitlab/train/batch';
import { finetune, type FinetuneOptions } from 'traitlab/train/finetune';
import { openFinetuneFolder } from 'traitlab/train/finetuneFolder';
import type { RecipeInput } from 'traitlab/train/recipe';
import type { Runnable } from 'traitlab/model/decoder';
import type { Model } from 'traitlab/subject/model';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

let model: Model;
test.before(async () => (model = await tinyModel()));

const examples: Example[] = Array.from({ length: 7 }, (_, i) => {
  const random = rng(8).split(i);
  const tokens = Array.from({ length: 5 + random.int(4) }, () => 3 + random.int(30));
  return { tokens, counts: tokens.map((_, k) => k >= 2) };
});
const lora: RecipeInput = {
  method: 'lora',
  rank: 2,
  alpha: 4,
  dropout: 0.2,
  learningRate: 0.02,
  batchSize: 3,
  maxSteps: 8,
  saveEvery: 3,
  seed: 5,
};

function logits(of: Runnable): Float32Array {
  return tf.tidy(() => forward(of, tf.tensor2d([[3, 4, 5, 6]], undefined, 'int32')).logits!.dataSync<'float32'>());
}

test('checkpoints, log and result of a LoRA finetune', async () => {
  const out = join(temporaryFolder(), 'run');
  const at: Record<number, Float32Array> = {};
  const onCheckpoint = (step: number, tuned: Model): void => void (at[step] = logits(tuned));
  const base = logits(model);
  const tuned = await finetune(model, examples, { recipe: lora, out, onCheckpoint });
  assert.deepEqual(readdirSync(out).sort(), [
    'checkpoint-3',
    'checkpoint-6',
    'checkpoint-8',
    'finetune.json',
    'gradients.jsonl',
    'log.jsonl',
  ]);
  assert.deepEqual(readdirSync(join(out, 'checkpoint-3')).sort(), ['adapter_config.json', 'adapter_model.safetensors']);
  const log = readFileSync(join(out, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  assert.deepEqual(log, tuned.log);
  assert.deepEqual(
    log.map((entry) => Object.keys(entry)),
    Array(8).fill(['step', 'loss']),
  );
  for (const step of [3, 6, 8]) {
    const adapter = loadAdapter(join(out, `checkpoint-${step}`), model.config);
    assert.deepEqual(logits(model.with({ deltas: adapterDeltas(adapter) })), at[step]);
    assert.equal(adapter.config.dropout, 0.2);
  }
  assert.deepEqual(logits(tuned), at[8]);
  assert.deepEqual(logits(model), base, 'the base is left as it is');
  tuned.dispose();
  await assert.rejects(finetune(model, examples, { recipe: lora, out }), /this run is finished already/);
  await assert.rejects(
    finetune(model, examples, { recipe: { ...lora, seed: 6 }, out }),
    /holds a run with another model, data or recipe; expected an empty folder or the same run/,
  );
  await assert.rejects(
    finetune(model, examples, { recipe: lora, out: projectPath('lib') }),
    /not empty .*expected a new or empty folder/,
  );
});

for (const method of ['lora', 'full'] as const) {
  test(`a ${method} finetune that is stopped goes on to the same bits`, async () => {
    const recipe: RecipeInput =
      method === 'lora' ? lora : { method, learningRate: 0.005, batchSize: 3, epochs: 3, saveEvery: 4, seed: 5 };
    const whole = await finetune(model, examples, { recipe });
    const out = join(temporaryFolder(), 'run');
    const stop = new AbortController();
    const options: FinetuneOptions = { recipe, out };
    const first = await finetune(model, examples, {
      ...options,
      signal: stop.signal,
      onStep: ({ step }) => void (step === 5 && stop.abort()),
    });
    assert.equal(first.step, 5);
    assert.ok(existsSync(join(out, 'resume.safetensors')));
    const second = await finetune(model, examples, options);
    assert.deepEqual(second.log, whole.log);
    assert.deepEqual(logits(second), logits(whole));
    assert.ok(!existsSync(join(out, 'resume.safetensors')));
    if (method === 'full') {
      const saved = await loadDecoder(join(out, `checkpoint-${second.step}`));
      assert.deepEqual(logits(saved), logits(whole));
    }
    [whole, first, second].forEach((run) => run.dispose());
  });
}

test('rows at once change nothing but the rounding', async () => {
  const recipe = { ...lora, dropout: 0, shuffle: false };
  const [whole, parts] = [
    await finetune(model, examples, { recipe }),
    await finetune(model, examples, { recipe, rowsAtOnce: 1 }),
  ];
  const lossesOf = ({ log }: typeof whole): number[] => log.map(({ loss }) => loss);
  const check = (losses: number[]): void => expectClose(losses, lossesOf(whole), { rtol: 1e-4, atol: 0 });
  check(lossesOf(parts));
  // Rows differ in length, so that a mean of their means is another number.
  const alone = await finetune(model, examples.slice(0, 3), {
    recipe: { ...recipe, learningRate: 0, batchSize: 1, maxSteps: 3, saveEvery: undefined },
  });
  const meanOfMeans = lossesOf(alone).reduce((a, b) => a + b) / 3;
  await expectToLose(check, { 'the mean of the means of the rows': [meanOfMeans, ...lossesOf(parts).slice(1)] });
  alone.dispose();
  [whole, parts].forEach((run) => run.dispose());
});

test('an adapter goes on from another, if it is the one the recipe describes', async () => {
  const initAdapter = projectPath('test/goldens/train/adapters/plain');
  const recipe: RecipeInput = { method: 'lora', learningRate: 0, initAdapter, batchSize: 7, maxSteps: 1 };
  const same = await finetune(model, examples, { recipe });
  const adapter = loadAdapter(initAdapter, model.config);
  assert.deepEqual(logits(same), logits(model.with({ deltas: adapterDeltas(adapter) })));
  same.dispose();
  await assert.rejects(
    finetune(model, examples, { recipe: { ...recipe, rank: 8, rslora: true, targetModules: ['o_proj'] } }),
    /finetune: .*plain: rank is 4, the recipe says 8; rslora is false, the recipe says true; its modules are not those of targetModules \["o_proj"\]/,
  );
});

test('dropout draws anew at every step', async () => {
  const initAdapter = projectPath('test/goldens/train/adapters/plain');
  const recipe: RecipeInput = {
    method: 'lora',
    learningRate: 0,
    initAdapter,
    dropout: 0.5,
    batchSize: 7,
    shuffle: false,
    maxSteps: 3,
  };
  const tuned = await finetune(model, examples, { recipe });
  const check = ({ log }: typeof tuned): void => assert.equal(new Set(log.map(({ loss }) => loss)).size, 3);
  check(tuned);
  const without = await finetune(model, examples, { recipe: { ...recipe, dropout: 0 } });
  await expectToLose(check, { 'a finetune without dropout': without });
  [tuned, without].forEach((run) => run.dispose());
});

test('what was logged after the state that a run goes on from is forgotten', () => {
  const out = join(temporaryFolder(), 'run');
  const first = openFinetuneFolder(out, 'f', {});
  for (const step of [1, 2, 3]) first.addStep({ step, loss: step }, step / 10);
  first.flush();
  const second = openFinetuneFolder(out, 'f', {});
  second.forgetAfter(2);
  second.addStep({ step: 3, loss: 30 }, 3);
  second.flush();
  assert.deepEqual(second.log, [
    { step: 1, loss: 1 },
    { step: 2, loss: 2 },
    { step: 3, loss: 30 },
  ]);
  const gradients = readFileSync(join(out, 'gradients.jsonl'), 'utf8');
  assert.equal(gradients, '{"step":1,"gradNorm":0.1}\n{"step":2,"gradNorm":0.2}\n{"step":3,"gradNorm":3}\n');
});

test('seeds decide: the same twice, another one otherwise; nothing leaks', async () => {
  const runs = await expectNoLeak(async () => {
    const losses: string[] = [];
    for (const seed of [1, 1, 2]) {
      const tuned = await finetune(model, examples, { recipe: { ...lora, maxSteps: 3, seed } });
      losses.push(JSON.stringify(tuned.log));
      tuned.dispose();
    }
    return losses;
  });
  assert.equal(runs[0], runs[1]);
  assert.notEqual(runs[0], runs[2]);
});

for (const method of ['lora', 'full'] as const) {
  test(`a hundred steps (${method}) hold the same tensors and bytes throughout and leave none behind`, async () => {
    const held: [number, number][] = [];
    const onStep = (): void => void held.push([tf.memory().numTensors, tf.memory().numBytes]);
    const recipe: RecipeInput = { ...lora, method, batchSize: 4, maxSteps: 100, saveEvery: undefined };
    // Every batch has the shapes of every other, so that nothing but a leak can make a difference.
    const alike = examples.map(({ tokens }) => ({
      tokens: tokens.slice(0, 5),
      counts: [false, false, true, true, true],
    }));
    await expectNoLeak(async () => {
      const tuned = await finetune(model, alike, { recipe, clipNorm: 1, rowsAtOnce: 2, onStep });
      assert.equal(tuned.step, 100);
      tuned.dispose();
    });
    assert.equal(held.length, 100);
    for (const [step, at] of held.entries()) assert.deepEqual(at, held[0], `after step ${step + 1}`);
  });
}
