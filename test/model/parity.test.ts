import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { capture as captureRows } from 'traitlab/subject/capture';
import type { CaptureSite } from 'traitlab/subject/siteShape';
import { initBackend } from 'traitlab/backend/initBackend';
import { fileExists, listFolder } from 'traitlab/disk/folder';
import { readJson } from 'traitlab/documents/readJson';
import { projectPath } from 'traitlab/disk/projectPath';
import { crossEntropy } from 'traitlab/kernels/crossEntropy';
import { forward } from 'traitlab/model/forward';
import { generateTokens } from 'traitlab/subject/generateTokens';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { disposeDecoder } from 'traitlab/model/decoder';
import { ALL_ORGANISM_NAMES } from 'traitlab/micro/organismName';
import type { ModelConfig } from 'traitlab/model/modelConfig';
import { errorOfLargest, maxRelativeError } from '../helpers/expectClose';
import { modelGolden, parityErrors } from '../helpers/modelGolden';

/** The bar of the project: error at every hook site as a part of max(1, |x|) and of the site's largest |x|. */
const bar = 5e-5;
const checkpoints = [
  'llama/gqa-tied-llama3',
  'llama/mha-untied',
  'llama/mqa-biased-sharded',
  'llama/tied-sharded-llama3',
  'llama/linear-rope',
  'families/mistral-window',
  'families/mistral-head-dim',
  'families/qwen2-tied',
  'families/qwen2-window',
  'families/qwen2-sharded',
  'families/gemma2',
  'families/gemma2-layer-types',
  'families/phi3-longrope',
  'families/phi3-growing',
  'families/phi3-plain',
  'families/qwen3-tied',
  'families/qwen3-window',
  'families/gemma3',
  'families/gemma3-layer-types',
];
const folderOf = (name: string): string =>
  name.startsWith('micro/') ? projectPath('data', name) : projectPath('test/goldens', name);
const worstOf = (errors: Map<string, number>): [string, number] => [...errors].reduce((a, b) => (b[1] <= a[1] ? a : b)); // a NaN wins

test.before(() => initBackend());

test('the bar holds for at least ten structurally different checkpoints, and every golden there is', async () => {
  const there = ['llama', 'families'].flatMap((topic) =>
    listFolder(projectPath('test/goldens', topic))
      .map((name) => `${topic}/${name}`)
      .filter((name) => fileExists(join(folderOf(name), 'config.json'))),
  );
  assert.deepEqual([...checkpoints].sort(), there.sort());
  const seen: Record<string, Set<string>> = {};
  const structures = new Set<string>();
  for (const name of checkpoints) {
    const dir = folderOf(name);
    const { versions } = readJson('test', join(dir, 'golden.json')) as { versions: Record<string, string> };
    assert.match(versions.transformers, /^5\.2[34]\./, name);
    const model = await loadDecoder(dir);
    const { config } = model;
    const { source } = config;
    const parts = {
      family: config.family,
      heads: config.nKvHeads === 1 ? 'one' : config.nKvHeads < config.nHeads ? 'grouped' : 'all',
      headSize: config.dHead === config.dModel / config.nHeads ? 'dModel/nHeads' : 'own',
      tied: String(config.tieEmbeddings),
      biases: [config.qkvBias, config.oBias, config.mlpBias].map(Number).join(''),
      windows: config.windows.map((w) => (w === undefined ? 'all' : 'window')).join(' '),
      rope: config.ropeScaling?.kind ?? 'default',
      windowRope: config.windowRope === undefined ? 'the same' : 'own',
      turned: config.rotarySize === config.dHead ? 'all' : 'a part',
      projections: config.fusedProjections ? 'fused' : 'separate',
      qkNorms: String(config.qkNorms),
      ropeSpelling: 'rope_parameters' in source ? 'transformers 5' : 'transformers 4',
      softcaps: [config.attentionSoftcap, config.logitSoftcap].map((cap) => cap !== undefined).join(' '),
      storage: String(source.torch_dtype ?? source.dtype),
      files: fileExists(join(dir, 'model.safetensors.index.json')) ? 'sharded' : 'one',
    };
    for (const [part, value] of Object.entries(parts)) (seen[part] ??= new Set()).add(value);
    const { storage, files, ropeSpelling, ...structure } = parts; // how it is stored is not what it computes
    structures.add(JSON.stringify(structure));
    disposeDecoder(model);
  }
  assert.ok(structures.size >= 10, `${structures.size} different structures: ${[...structures].join('\n')}`);
  assert.deepEqual([...seen.family].sort(), ['gemma2', 'gemma3_text', 'llama', 'mistral', 'phi3', 'qwen2', 'qwen3']);
  assert.deepEqual([...seen.storage].sort(), ['bfloat16', 'float16', 'float32']);
  assert.deepEqual([...seen.rope].sort(), ['default', 'linear', 'llama3', 'longrope']);
  const twofold = ['headSize', 'tied', 'ropeSpelling', 'files', 'windowRope', 'turned', 'projections', 'qkNorms'];
  for (const part of twofold) assert.equal(seen[part].size, 2, part);
  assert.equal(seen.softcaps.size, 3);
  assert.equal(seen.heads.size, 3);
});

const organisms = ALL_ORGANISM_NAMES.map((name) => `micro/${name}`).filter((n) => fileExists(folderOf(n)));
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
      const model = await loadDecoder(folderOf(name), { dtype });
      const golden = modelGolden(name);
      const errors = parityErrors(model, golden);
      assert.equal(errors.size, golden.sites.length + 1);
      assert.ok(golden.sites.length >= model.config.nLayers * 14 + 2, `${golden.sites.length} sites`);
      const [site, worst] = worstOf(errors);
      t.diagnostic(`worst: ${worst.toExponential(1)} at ${site}`);
      assert.ok(worst <= bar, `${site}: error ${worst}`);
      disposeDecoder(model);
    });
  }

  test(`${name}: greedy tokens of a left-padded batch are those of transformers`, async () => {
    const model = await loadDecoder(folderOf(name));
    const { prompts, greedy } = modelGolden(name);
    const maxNewTokens = greedy[0].length;
    assert.deepEqual(await generateTokens(model, prompts, { maxNewTokens, eosIds: [] }), greedy);
    assert.deepEqual(await generateTokens(model, prompts, { maxNewTokens, eosIds: [], batchSize: 1 }), greedy);
    disposeDecoder(model);
  });
}

for (const name of checkpoints) {
  test(`${name}: at every residual site a left-padded batch gives the states of single prompts`, async (t) => {
    const model = await loadDecoder(folderOf(name));
    const { prompts } = modelGolden(name);
    const inBlock = ['hook_resid_pre', 'hook_attn_out', 'hook_resid_mid', 'hook_mlp_out', 'hook_resid_post'] as const;
    const sites: CaptureSite[] = ['hook_embed', 'ln_final.hook_normalized', 'logits'];
    for (let i = 0; i < model.config.nLayers; i++) sites.push(...inBlock.map((s) => `blocks.${i}.${s}` as const));
    const look = { sites, positions: 'all' } as const;
    const together = await captureRows(model, prompts, look);
    const alone = await captureRows(model, prompts, { ...look, batchSize: 1 });
    let worst = 0;
    for (const site of sites) {
      prompts.forEach((_, i) => {
        const [row, single] = [together[site][i], alone[site][i]];
        const error = Math.max(maxRelativeError(row, single), errorOfLargest(row, single));
        assert.ok(error <= 1e-5, `${site} of prompt ${i}: error ${error}`);
        worst = Math.max(worst, error);
      });
    }
    assert.equal(sites.length, 5 * model.config.nLayers + 3);
    t.diagnostic(`worst: ${worst.toExponential(1)}`);
    disposeDecoder(model);
  });

  test(`${name}: a left-padded batch gives each prompt's states as transformers has them`, async () => {
    const model = await loadDecoder(folderOf(name));
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
    disposeDecoder(model);
  });

  const { loss } = readJson('test', projectPath('test/goldens', name, 'golden.json')) as { loss?: number };
  if (loss === undefined) continue;
  test(`${name}: loss and the gradient of every parameter are those of PyTorch`, async (t) => {
    const model = await loadDecoder(folderOf(name), { dtype: 'f32' });
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
    disposeDecoder(model);
  });
}

// The bar is worth something only if each of these is seen.
const config =
  (change: Partial<ModelConfig>) =>
  (c: ModelConfig): ModelConfig => ({ ...c, ...change });
const llama3Factor = (factor: number): ModelConfig['ropeScaling'] => ({
  kind: 'llama3',
  factor,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalContext: 16,
});
const longRope =
  (change: Partial<Extract<ModelConfig['ropeScaling'], { kind: 'longrope' }>>) =>
  (c: ModelConfig): ModelConfig => {
    assert.equal(c.ropeScaling?.kind, 'longrope');
    return { ...c, ropeScaling: { ...(c.ropeScaling as object), ...change } as ModelConfig['ropeScaling'] };
  };
const mutations: [string, string, (c: ModelConfig) => ModelConfig][] = [
  ['llama/mha-untied', 'eps', config({ normEps: 1.1e-2 })],
  ['llama/mha-untied', 'RoPE base', config({ ropeTheta: 10500 })],
  ['llama/gqa-tied-llama3', 'no RoPE scaling', config({ ropeScaling: undefined })],
  ['llama/linear-rope', 'positions not squeezed', config({ ropeScaling: undefined })],
  ['llama/tied-sharded-llama3', 'another RoPE factor', config({ ropeScaling: llama3Factor(24) })],
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
  ['families/phi3-longrope', 'the short factors', longRope({ originalContext: 9 })],
  ['families/phi3-longrope', 'no attention factor', longRope({ attentionFactor: 1 })],
  ['families/phi3-longrope', 'another part of each head turned', config({ rotarySize: 4 })],
  ['families/phi3-growing', 'the long factors', longRope({ originalContext: 8 })],
  ['families/qwen3-tied', 'no norms of queries and keys', config({ qkNorms: false })],
  ['families/gemma3', 'one rotary for all layers', config({ windowRope: undefined })],
  ['families/gemma3', 'the global rotary not squeezed', config({ ropeScaling: undefined })],
];
for (const [name, what, mutate] of mutations) {
  test(`the parity bar sees ${what} (${name})`, async () => {
    const model = await loadDecoder(folderOf(name));
    const worst = worstOf(parityErrors({ ...model, config: mutate(model.config) }, modelGolden(name)))[1];
    assert.ok(!(worst <= 10 * bar), `the error is only ${worst}`);
    disposeDecoder(model);
  });
}

test('the parity bar sees a transposed matrix', async () => {
  const model = await loadDecoder(folderOf('llama/gqa-tied-llama3'), { dtype: 'f32' });
  const golden = modelGolden('llama/gqa-tied-llama3');
  for (const matrix of ['self_attn.q_proj', 'self_attn.o_proj']) {
    const key = `model.layers.1.${matrix}.weight`;
    const params = { [key]: tf.transpose(model.params[key] as tf.Tensor) };
    const worst = worstOf(parityErrors(model, golden, { params }))[1];
    assert.ok(!(worst <= 10 * bar), `${matrix}: the error is only ${worst}`);
  }
});
