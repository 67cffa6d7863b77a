import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { fileExists, readJson } from 'traitlab/io/readJson';
import { projectPath } from 'traitlab/io/projectPath';
import { crossEntropy } from 'traitlab/kernels/crossEntropy';
import { forward } from 'traitlab/model/forward';
import { generate } from 'traitlab/model/generate';
import { loadModel } from 'traitlab/model/loadModel';
import { disposeModel } from 'traitlab/model/model';
import type { ModelConfig } from 'traitlab/model/modelConfig';
import { maxRelativeError } from '../helpers/expectClose';
import { modelGolden, parityErrors } from '../helpers/modelGolden';

/** The bar of the project: error at every hook site as a part of max(1, |x|). */
const bar = 5e-5;
const checkpoints = [
  'llama/gqa-tied-llama3',
  'llama/mha-untied',
  'llama/mqa-biased-sharded',
  'families/mistral-window',
  'families/mistral-head-dim',
  'families/qwen2-tied',
  'families/qwen2-window',
  'families/gemma2',
  'families/gemma2-layer-types',
];
const folderOf = (name: string): string =>
  name.startsWith('micro/') ? projectPath('data', name) : projectPath('test/goldens', name);
const worstOf = (errors: Map<string, number>): [string, number] => [...errors].reduce((a, b) => (b[1] <= a[1] ? a : b)); // a NaN wins

test.before(() => initBackend());

const organisms = ['micro/llama', 'micro/mistral', 'micro/qwen2', 'micro/gemma2'].filter((n) =>
  fileExists(folderOf(n)),
);
for (const name of organisms) {
  const command = `$TRAITLAB_PYTHON test/goldens/micro/make_micro.py data/${name}`;
  const golden = projectPath('test/goldens', name, 'golden.json');
  const skip = fileExists(golden) ? false : `no golden; make it with ${command}`;
  test(`${name}: the golden is of these weights`, { skip }, () => {
    const { weights } = readJson('test', golden) as { weights: string };
    const hash = createHash('sha256')
      .update(readFileSync(join(folderOf(name), 'model.safetensors')))
      .digest('hex');
    assert.equal(weights, hash, `the organism has other weights than its golden; make it again with ${command}`);
  });
}

for (const name of [...checkpoints, ...organisms]) {
  if (!fileExists(projectPath('test/goldens', name))) continue;

  for (const dtype of ['stored', 'f32'] as const) {
    test(`${name} (${dtype}): every hook site and the logits are those of transformers`, async (t) => {
      const model = await loadModel(folderOf(name), { dtype });
      const golden = modelGolden(name);
      const errors = parityErrors(model, golden);
      assert.equal(errors.size, golden.sites.length + 1);
      assert.ok(golden.sites.length >= model.config.nLayers * 14 + 2, `${golden.sites.length} sites`);
      const [site, worst] = worstOf(errors);
      t.diagnostic(`worst: ${worst.toExponential(1)} at ${site}`);
      assert.ok(worst <= bar, `${site}: error ${worst}`);
      disposeModel(model);
    });
  }

  test(`${name}: greedy tokens of a left-padded batch are those of transformers`, async () => {
    const model = await loadModel(folderOf(name));
    const { prompts, greedy } = modelGolden(name);
    const maxNewTokens = greedy[0].length;
    assert.deepEqual(await generate(model, prompts, { maxNewTokens, eosIds: [] }), greedy);
    assert.deepEqual(await generate(model, prompts, { maxNewTokens, eosIds: [], batchSize: 1 }), greedy);
    disposeModel(model);
  });
}

for (const name of checkpoints) {
  test(`${name}: a left-padded batch gives each prompt's own states`, async () => {
    const model = await loadModel(folderOf(name));
    const golden = modelGolden(name);
    const longest = Math.max(...golden.prompts.map((p) => p.length));
    const padding = golden.prompts.map((p) => longest - p.length);
    const rows = golden.prompts.map((p, i) => [...Array<number>(padding[i]).fill(0), ...p]);
    const site = `blocks.${model.config.nLayers - 1}.hook_resid_post` as const;
    const seen = new Map<string, tf.Tensor>();
    const { logits } = forward(model, tf.tensor2d(rows, undefined, 'int32'), {
      padding,
      hooks: { [site]: (x: tf.Tensor) => void seen.set(site, tf.keep(x.clone())) },
    });
    seen.set('logits', logits!);
    for (const [key, values] of seen) {
      golden.prompts.forEach((prompt, row) => {
        const real = tf.slice(values, [row, longest - prompt.length, 0], [1, prompt.length, -1]).dataSync<'float32'>();
        const error = maxRelativeError(real, golden.tensors.get(`padded/${row}/${key}`)!.float32());
        assert.ok(error <= bar, `${key} of row ${row}: error ${error}`);
      });
    }
    disposeModel(model);
  });

  const { loss } = readJson('test', projectPath('test/goldens', name, 'golden.json')) as { loss?: number };
  if (loss === undefined) continue;
  test(`${name}: loss and the gradient of every parameter are those of PyTorch`, async (t) => {
    const model = await loadModel(folderOf(name), { dtype: 'f32' });
    const { tokens, tensors } = modelGolden(name);
    const [batch, pos] = tokens.shape;
    const names = Object.keys(model.params);
    const lossOf = (...weights: tf.Tensor[]): tf.Scalar => {
      const params = Object.fromEntries(names.map((n, i) => [n, weights[i]]));
      const { logits } = forward(model, tokens, { params });
      const rows = batch * (pos - 1);
      const predicted = tf.reshape(tf.slice(logits!, [0, 0, 0], [batch, pos - 1, -1]), [rows, -1]);
      return crossEntropy(predicted, tf.reshape(tf.slice(tokens, [0, 1], [batch, pos - 1]), [rows]), tf.ones([rows]));
    };
    const before = tf.memory().numTensors;
    const { value, grads } = tf.valueAndGrads(lossOf)(names.map((n) => model.params[n] as tf.Tensor));
    assert.equal(tf.memory().numTensors, before + names.length + 1, 'the gradient leaks no tensor');
    assert.ok(Math.abs(value.dataSync()[0] - loss) < 1e-5 * loss, `loss ${value.dataSync()[0]}, expected ${loss}`);
    let worst = 0;
    names.forEach((n, i) => {
      const expected = tensors.get(`grad/${n}`)!.float32();
      const actual = grads[i].dataSync<'float32'>();
      assert.equal(actual.length, expected.length, n);
      const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const error = expected.reduce((a, b, j) => Math.max(a, Math.abs(b - actual[j])), 0) / largest;
      assert.ok(error <= 1e-4, `gradient of ${n}: error ${error} of its largest element`);
      worst = Math.max(worst, error);
    });
    t.diagnostic(`worst gradient: ${worst.toExponential(1)}`);
    disposeModel(model);
  });
}

// The bar is worth something only if each of these is seen.
const config =
  (change: Partial<ModelConfig>) =>
  (c: ModelConfig): ModelConfig => ({ ...c, ...change });
const mutations: [string, string, (c: ModelConfig) => ModelConfig][] = [
  ['llama/mha-untied', 'eps', config({ normEps: 1.1e-2 })],
  ['llama/mha-untied', 'RoPE base', config({ ropeTheta: 10500 })],
  ['llama/gqa-tied-llama3', 'no RoPE scaling', config({ ropeScaling: undefined })],
  ['llama/mqa-biased-sharded', 'no MLP bias', config({ mlpBias: false })],
  ['llama/mqa-biased-sharded', 'no output bias', config({ oBias: false })],
  ['families/mistral-window', 'a window one longer', config({ windows: [5, 5, 5] })],
  ['families/mistral-head-dim', 'another score scale', config({ attentionScale: 1 / Math.sqrt(16) })],
  ['families/qwen2-tied', 'no q/k/v bias', config({ qkvBias: false })],
  ['families/qwen2-window', 'a window on layer 0 too', config({ windows: [3, 3, 3] })],
  ['families/gemma2', 'windows on the other layers', config({ windows: [undefined, 4, undefined] })],
  ['families/gemma2', 'no score softcap', config({ attentionSoftcap: undefined })],
  ['families/gemma2', 'no logit softcap', config({ logitSoftcap: undefined })],
  ['families/gemma2', 'embeddings not scaled', config({ embedScale: 1 })],
  ['families/gemma2', 'exact SiLU for GELU', config({ activation: 'silu' })],
  ['families/gemma2', 'norm weights not offset', config({ normOffset: 0 })],
];
for (const [name, what, mutate] of mutations) {
  test(`the parity bar sees ${what} (${name})`, async () => {
    const model = await loadModel(folderOf(name));
    const worst = worstOf(parityErrors({ ...model, config: mutate(model.config) }, modelGolden(name)))[1];
    assert.ok(!(worst <= 10 * bar), `the error is only ${worst}`);
    disposeModel(model);
  });
}

test('the parity bar sees a transposed matrix', async () => {
  const model = await loadModel(folderOf('llama/gqa-tied-llama3'), { dtype: 'f32' });
  const golden = modelGolden('llama/gqa-tied-llama3');
  for (const matrix of ['self_attn.q_proj', 'self_attn.o_proj']) {
    const key = `model.layers.1.${matrix}.weight`;
    const params = { [key]: tf.transpose(model.params[key] as tf.Tensor) };
    const worst = worstOf(parityErrors(model, golden, { params }))[1];
    assert.ok(!(worst <= 10 * bar), `${matrix}: the error is only ${worst}`);
  }
});
