import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { capture } from 'traitlab/subject/capture';
import { countedPositions } from 'traitlab/subject/positions';
import type { CaptureSite } from 'traitlab/subject/siteShape';
import { forward } from 'traitlab/model/forward';
import { blockSites, modelSites, type HookSite } from 'traitlab/model/hookSite';
import { disposeDecoder, type Decoder } from 'traitlab/model/decoder';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { tinyModel } from '../helpers/tinyModel';

const near = { rtol: 2e-5, atol: 2e-6 };
const prompts = [
  [1, 5, 6, 7],
  [1, 9],
  [1, 8, 7, 6, 5, 4, 3],
  [1, 12, 13],
];
const post = 'blocks.1.hook_resid_post';

/** One activation of one prompt by a plain forward, unpadded: the reference. */
function alone(model: Decoder, tokens: readonly number[], site: HookSite): Float32Array {
  let seen: Float32Array | undefined;
  tf.tidy(() => {
    const hooks = { [site]: (x: tf.Tensor) => void (seen = x.dataSync().slice() as Float32Array) };
    forward(model, tf.tensor2d([[...tokens]], undefined, 'int32'), { hooks });
  });
  return seen!;
}

test('rows equal those of single unpadded forwards, whatever the batch, in the order given', async () => {
  const model = await tinyModel();
  for (const batchSize of [1, 3, 32]) {
    const rows = await capture(model, prompts, { sites: [post, 'hook_embed'], positions: 'all', batchSize });
    for (const site of [post, 'hook_embed'] as const) {
      prompts.forEach((tokens, i) =>
        expectClose(rows[site][i], alone(model, tokens, site), near, `${site} of prompt ${i}`),
      );
    }
  }
});

test('each kind of position pools what it says', async () => {
  const model = await tinyModel();
  const d = model.config.dModel;
  const tokens = [1, 8, 7, 6, 5, 4];
  const responseMask = [false, false, false, false, true, true];
  const samples = [
    { tokens, responseMask },
    { tokens: [1, 2, 3], responseMask: [false, true, true] },
  ];
  const whole = alone(model, tokens, post);
  const mean = (from: number, to: number): number[] =>
    Array.from({ length: d }, (_, j) => {
      let sum = 0;
      for (let p = from; p < to; p++) sum += whole[p * d + j];
      return sum / (to - from);
    });
  const expected = { promptLast: mean(3, 4), promptMean: mean(0, 4), responseMean: mean(4, 6) };
  for (const positions of ['promptLast', 'promptMean', 'responseMean'] as const) {
    const rows = await capture(model, samples, { sites: [post], positions });
    expectClose(rows[post][0], expected[positions], near, positions);
  }
});

test('attention patterns come without their padding', async () => {
  const model = await tinyModel();
  const site = 'blocks.0.attn.hook_pattern';
  const rows = await capture(model, prompts, { sites: [site], positions: 'all' });
  prompts.forEach((tokens, i) => expectClose(rows[site][i], alone(model, tokens, site), near, `prompt ${i}`));
  const last = await capture(model, prompts, { sites: [site], positions: 'promptLast' });
  prompts.forEach((tokens, i) => {
    const n = tokens.length;
    const heads = Array.from({ length: model.config.nHeads }, (_, h) => [
      ...rows[site][i].slice(((h + 1) * n - 1) * n, (h + 1) * n * n),
    ]);
    expectClose(last[site][i], heads.flat(), near, `last query of prompt ${i}`);
  });
});

test('capturing does not change the logits by a bit and leaks nothing', async () => {
  const model = await tinyModel();
  const tokens = tf.tensor2d([prompts[0]], undefined, 'int32');
  const plain = forward(model, tokens).logits!;
  const watched = forward(model, tokens, { hooks: { [post]: (x) => void x.shape } }).logits!;
  assert.deepEqual(watched.dataSync(), plain.dataSync());
  tf.dispose([tokens, plain, watched]);
  await expectNoLeak(() =>
    capture(model, prompts, { sites: [post, 'ln_final.hook_normalized'], positions: 'promptMean' }),
  );
  const broken = {
    'blocks.1.hook_mlp_out': () => {
      throw new Error('broken hook');
    },
  };
  const run = (): Promise<unknown> =>
    capture(model.with({ hooks: broken }), prompts, { sites: ['blocks.0.hook_resid_post'], positions: 'promptLast' });
  await expectNoLeak(() => assert.rejects(run(), /broken hook/));
});

const oneOfEachFamily = [
  'llama/gqa-tied-llama3',
  'families/mistral-window',
  'families/qwen2-window',
  'families/gemma2',
];
for (const name of oneOfEachFamily) {
  test(`${name}: capturing every site at once does not change the logits by a bit`, async () => {
    const model = await tinyModel(name);
    const sites = [...modelSites, 'logits'] as CaptureSite[];
    for (let i = 0; i < model.config.nLayers; i++) sites.push(...blockSites.map((s) => `blocks.${i}.${s}` as const));
    const plain = await capture(model, prompts, { sites: ['logits'], positions: 'all' });
    const watched = await capture(model, prompts, { sites, positions: 'all' });
    assert.deepEqual(watched.logits, plain.logits);
    disposeDecoder(model);
  });
}

test('a hundred captures leave no tensor and no byte behind', async () => {
  const model = await tinyModel();
  const sites = [post, 'blocks.0.attn.hook_pattern', 'logits'] as const;
  const every = ['all', 'promptLast', 'promptMean'] as const;
  await capture(model, prompts, { sites, positions: 'all' }); // what is made once, is made
  await expectNoLeak(async () => {
    for (let i = 0; i < 100; i++)
      await capture(model, prompts, { sites, positions: every[i % 3], batchSize: 1 + (i % 4) });
  });
  disposeDecoder(model);
});

test('what is captured comes after the hooks given', async () => {
  const model = await tinyModel();
  const hooks = { [post]: (x: tf.Tensor) => tf.zerosLike(x) };
  const rows = await capture(model.with({ hooks }), prompts, { sites: [post], positions: 'promptLast' });
  assert.ok(rows[post].every((row) => row.every((v) => v === 0)));
});

test('misuse is refused with all its problems', async () => {
  const model = await tinyModel();
  await assert.rejects(
    capture(model, prompts, { sites: [], positions: 'all', batchSize: 0 }),
    /no sites.*invalid batchSize/,
  );
  await assert.rejects(capture(model, prompts, { sites: [post, post], positions: 'all' }), /a site is given twice/);
  await assert.rejects(
    capture(model, prompts, { sites: ['blocks.7.hook_resid_post'], positions: 'all' }),
    /no layer 7/,
  );
  await assert.rejects(
    capture(model, prompts, { sites: [post], positions: 'responseMean' }),
    /expected a sample with responseMean tokens/,
  );
  await expectNoLeak(() =>
    assert.rejects(
      capture(model, prompts, { sites: ['blocks.0.q_proj.lora.hook_scalar'], positions: 'all' }),
      /no adapter there/,
    ),
  );
  assert.throws(() => countedPositions({ tokens: [], responseMask: [] }, 'promptLast'), /empty sample/);
  assert.throws(() => countedPositions({ tokens: [1], responseMask: [] }, 'promptLast'), /expected 1, got 0/);
});
