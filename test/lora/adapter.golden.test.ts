import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter, initAdapter } from 'traitlab/lora/adapter';
import { adapterDeltas } from 'traitlab/lora/adapterDeltas';
import { loadAdapter, saveAdapter } from 'traitlab/lora/adapterFolder';
import { mergeDeltas } from 'traitlab/lora/mergeDeltas';
import { disposeDeltas, sumDeltas } from 'traitlab/lora/sumDeltas';
import { forward, type ForwardOptions } from 'traitlab/model/forward';
import type { HookSite } from 'traitlab/model/hookSite';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { disposeDecoder, type Decoder } from 'traitlab/model/decoder';
import { errorOfLargest, maxRelativeError } from '../helpers/expectClose';
import { capture } from '../helpers/modelGolden';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { trainGolden } from '../train/trainGolden';

const { adapters, several, tokens } = trainGolden();
let model: Decoder;

test.before(async () => {
  await initBackend();
  model = await loadDecoder(projectPath('test/goldens/llama/gqa-tied-llama3'));
});
test.after(() => disposeDecoder(model));

function logitsOf(options: ForwardOptions): Float32Array {
  return tf.tidy(() => forward(model, tf.tensor2d(tokens, undefined, 'int32'), options).logits!.dataSync<'float32'>());
}

/** Every place of the residual stream in every block, for `capture`. */
function residualSites(): HookSite[] {
  const inBlock = ['hook_resid_pre', 'hook_attn_out', 'hook_resid_mid', 'hook_mlp_out', 'hook_resid_post'] as const;
  const layers = [...Array(model.config.nLayers).keys()];
  return [...layers.flatMap((i) => inBlock.map((s) => `blocks.${i}.${s}` as const)), 'ln_final.hook_normalized'];
}

/** Asserts that two variants of the model give the same at every residual site and the same logits, within 1e-5. */
function expectSameStates(a: ForwardOptions, b: ForwardOptions, what: string): void {
  const batch = tf.tensor2d(tokens, undefined, 'int32');
  const [seen, expected] = [a, b].map((options) => capture(model, batch, residualSites(), options));
  batch.dispose();
  assert.equal(seen.size, 5 * model.config.nLayers + 2);
  for (const [site, values] of seen) {
    const error = Math.max(maxRelativeError(values, expected.get(site)!), errorOfLargest(values, expected.get(site)!));
    assert.ok(error <= 1e-5, `${what}: error ${error} at ${site}`);
  }
}

test('at least five kinds of adapters are held to PEFT', () => {
  const kinds = ['plain', 'rank-stabilised', 'patterns', 'some-layers', 'regex', 'excluded'];
  assert.deepEqual(Object.keys(adapters).sort(), kinds.sort());
});

for (const [kind, { logits }] of Object.entries(adapters)) {
  test(`an adapter of PEFT gives PEFT's logits: ${kind}`, async () => {
    const adapter = loadAdapter(projectPath('test/goldens/train/adapters', kind), model.config);
    const deltas = adapterDeltas(adapter);
    const ours = logitsOf({ deltas });
    const error = maxRelativeError(ours, logits);
    assert.ok(error <= 5e-5, `error ${error}`);

    const merged = mergeDeltas(model.params, deltas);
    expectSameStates({ params: merged }, { deltas }, 'merged');
    tf.dispose(Object.values(merged));

    const copy = join(temporaryFolder(), 'adapter');
    await saveAdapter(copy, adapter);
    const again = loadAdapter(copy, model.config);
    assert.deepEqual(logitsOf({ deltas: adapterDeltas(again) }), ours, 'saved and loaded again');
    [adapter, again].forEach(disposeAdapter);
  });
}

test("several adapters at once add up to PEFT's logits, the order does not matter, and one alone is itself", () => {
  const loaded = several.adapters.map((kind) =>
    loadAdapter(projectPath('test/goldens/train/adapters', kind), model.config),
  );
  const each = loaded.map((adapter) => adapterDeltas(adapter));
  const shared = Object.keys(each[0]).filter((name) => name in each[1]);
  assert.ok(shared.length >= 4, 'some weights are changed by two of them');
  const all = sumDeltas(...each);
  assert.equal(all[shared[0]].a.shape[0], each[0][shared[0]].a.shape[0] + each[1][shared[0]].a.shape[0]);
  const ours = logitsOf({ deltas: all });
  const error = maxRelativeError(ours, several.logits);
  assert.ok(error <= 5e-5, `error ${error}`);
  for (const deltas of each) assert.ok(maxRelativeError(logitsOf({ deltas }), several.logits) > 0.1);

  const merged = mergeDeltas(model.params, all);
  expectSameStates({ params: merged }, { deltas: all }, 'merged');
  const turned = sumDeltas(...each.slice().reverse());
  expectSameStates({ deltas: turned }, { deltas: all }, 'turned round');
  const single = sumDeltas(each[0]);
  assert.deepEqual(logitsOf({ deltas: single }), logitsOf({ deltas: each[0] }));
  const before = logitsOf({ deltas: each[0] });
  [all, turned, single].forEach(disposeDeltas);
  assert.deepEqual(logitsOf({ deltas: each[0] }), before, 'the adapters keep their own tensors');
  tf.dispose(Object.values(merged));

  assert.throws(() => sumDeltas(), /sumDeltas: nothing to add; expected/);
  const withDropout = adapterDeltas(loaded[0], { onInput: () => (x) => x });
  assert.throws(() => sumDeltas(each[1], withDropout), /sumDeltas: a change of .*q_proj\.weight has dropout; expected/);
  const [name] = Object.keys(each[0]);
  const narrow = { [name]: { a: tf.zeros([1, 5]), b: tf.zeros([24, 1]), scale: 1 } };
  assert.throws(() => sumDeltas(each[0], narrow), /changes of .* differ in shape; expected adapters of one model/);
  disposeDeltas(narrow);
  loaded.forEach(disposeAdapter);
});

test('a fresh adapter changes nothing, and its A is uniform in ±1/√dIn', () => {
  const config = {
    rank: 8,
    alpha: 16,
    rslora: false,
    dropout: 0,
    targetModules: ['down_proj'],
    rankPattern: {},
    alphaPattern: {},
  };
  const adapter = initAdapter(config, model.config, 7);
  assert.deepEqual(logitsOf({ deltas: adapterDeltas(adapter) }), logitsOf({}));
  const a = adapter.params['model.layers.1.mlp.down_proj.lora_A.weight'].dataSync<'float32'>();
  const bound = 1 / Math.sqrt(model.config.dMlp);
  assert.ok(a.every((x) => Math.abs(x) <= bound));
  const meanSquare = a.reduce((sum, x) => sum + x * x, 0) / a.length;
  assert.ok(Math.abs(meanSquare / ((bound * bound) / 3) - 1) < 0.25, `variance ${meanSquare}`);
  disposeAdapter(adapter);
});

test('scale multiplies the change, 0 or another block leaves it out', () => {
  const adapter = loadAdapter(projectPath('test/goldens/train/adapters/plain'), model.config);
  const base = logitsOf({});
  assert.deepEqual(logitsOf({ deltas: adapterDeltas(adapter, { scale: 0 }) }), base);
  const only = adapterDeltas(adapter, { layers: [1] });
  assert.deepEqual(Object.keys(only).sort(), [
    'model.layers.1.self_attn.q_proj.weight',
    'model.layers.1.self_attn.v_proj.weight',
  ]);
  const doubled = adapterDeltas(adapter, { scale: ({ module }) => (module.includes('layers.1.') ? 2 : 0) });
  for (const [name, { scale }] of Object.entries(doubled)) assert.equal(scale, 2 * only[name].scale);
  assert.throws(() => adapterDeltas(adapter, { layers: [2] }), /no adapter in block 2; expected blocks that have one/);
  disposeAdapter(adapter);
});

test('nothing leaks', () => {
  const before = tf.memory().numTensors;
  const adapter = loadAdapter(projectPath('test/goldens/train/adapters/patterns'), model.config);
  logitsOf({ deltas: adapterDeltas(adapter) });
  tf.dispose(Object.values(mergeDeltas(model.params, adapterDeltas(adapter))));
  disposeDeltas(sumDeltas(adapterDeltas(adapter), adapterDeltas(adapter, { layers: [1] })));
  disposeAdapter(adapter);
  assert.equal(tf.memory().numTensors, before);
});
