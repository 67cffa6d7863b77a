import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { ablate } from 'traitlab/directions/ablate';
import { steer } from 'traitlab/directions/steer';
import { bindHooks } from 'traitlab/model/bindHooks';
import { mergeHooks, type HookFn, type Hooks } from 'traitlab/model/hookSite';
import { capture } from 'traitlab/subject/capture';
import { generate } from 'traitlab/subject/generate';
import { disposeModel } from 'traitlab/subject/modelFiles';
import type { Model } from 'traitlab/subject/model';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { tinyModel } from '../helpers/tinyModel';

const prompts = [[1, 5, 6, 7], [9, 3], [2]];
const names = ['llama/gqa-tied-llama3', 'llama/mha-untied', 'families/gemma2'];
let models: Model[];
test.before(async () => {
  models = [];
  for (const name of names) models.push(await tinyModel(name));
});
test.after(() => models.forEach(disposeModel));

const wave = (d: number, phase: number): Float32Array =>
  Float32Array.from({ length: d }, (_, i) => Math.sin(phase + i));
const steered = (d: number): Hooks => steer(wave(d, 1), { layers: [0, 1], coeff: 2 });
const last = 'blocks.1.hook_resid_post';

/** What a model writes and what is at the end of its last block. */
async function seen(model: Model): Promise<unknown> {
  const written = await generate(model, prompts, { maxNewTokens: 6, eosIds: [], batchSize: 2 });
  const rows = await capture(model, prompts, { sites: [last], positions: 'promptLast', batchSize: 2 });
  return [written.map(({ tokens }) => [...tokens]), rows[last].map((row) => [...row])];
}

/** Throws at the n-th call. */
function throwsAt(n: number): HookFn {
  let calls = 0;
  return () => {
    if (++calls === n) throw new Error('broken hook');
  };
}

test('one steering and one ablation on several models at once give what each gives alone, and leak nothing', async () => {
  const { dModel, nLayers } = models[0].config;
  const fitting = models.filter(({ config }) => config.dModel === dModel && config.nLayers === nLayers);
  assert.ok(fitting.length >= 2);
  for (const hooks of [steered(dModel), ablate(wave(dModel, 2), models[0].config)]) {
    const hooked = fitting.map((model) => model.with({ hooks }));
    const alone: unknown[] = [];
    for (const model of hooked) alone.push(await seen(model));
    const together = await expectNoLeak(() => Promise.all([...hooked, ...hooked].map(seen)));
    assert.deepEqual(together, [...alone, ...alone]);
    assert.notDeepEqual(alone[0], await seen(fitting[0]));
  }
});

test('with after with is one with of all hooks in order, each bound once a call and freed', async () => {
  const [model] = models;
  const { dModel } = model.config;
  const [first, second] = [steered(dModel), ablate(wave(dModel, 2), model.config)];
  const nested = model.with({ hooks: first }).with({ hooks: second }).with({ hooks: first });
  const expected = await seen(model.with({ hooks: mergeHooks(first, second, first) }));
  assert.deepEqual(await expectNoLeak(() => seen(nested)), expected);
  assert.notDeepEqual(expected, await seen(model.with({ hooks: second }).with({ hooks: first })));

  await expectNoLeak(() => {
    const before = tf.memory().numTensors;
    const bound = bindHooks(nested.hooks!);
    assert.equal(tf.memory().numTensors - before, 2, 'a vector for each value, wherever it stands');
    bound.dispose();
  });
});

test('a hook that throws, at the first step or later, ends the call with its error and leaves no tensor', async () => {
  for (const model of models) {
    const { dModel } = model.config;
    const withBroken = (n: number): Model =>
      model.with({ hooks: steered(dModel) }).with({ hooks: { [last]: throwsAt(n) } });
    for (const n of [1, 2, 4]) {
      await expectNoLeak(() =>
        assert.rejects(generate(withBroken(n), prompts, { maxNewTokens: 6, eosIds: [] }), /^Error: broken hook$/),
      );
    }
    for (const n of [1, 3]) {
      const options = { sites: ['logits', 'hook_embed', last], positions: 'all', batchSize: 1 } as const;
      await expectNoLeak(() => assert.rejects(capture(withBroken(n), prompts, options), /^Error: broken hook$/));
    }
    const onProgress = (): void => {
      throw new Error('stop');
    };
    await expectNoLeak(() =>
      assert.rejects(capture(model.with({ hooks: steered(dModel) }), prompts, { sites: [last], onProgress }), /stop/),
    );
  }
});

test('a hook that cannot be bound ends the call; those bound before it are freed', async () => {
  const [model] = models;
  const broken: HookFn = Object.assign(() => undefined, {
    prepare: () => {
      throw new Error('no memory');
    },
  });
  const hooked = model.with({ hooks: steered(model.config.dModel) }).with({ hooks: { [last]: broken } });
  await expectNoLeak(() => assert.rejects(capture(hooked, prompts, { sites: [last] }), /no memory/));
  await expectNoLeak(() => assert.rejects(generate(hooked, prompts, { maxNewTokens: 2 }), /no memory/));
});
