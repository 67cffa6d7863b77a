import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/io/projectPath';
import { disposeAdapter, initAdapter } from 'traitlab/lora/adapter';
import { adapterDeltas } from 'traitlab/lora/adapterDeltas';
import { loadAdapter, saveAdapter } from 'traitlab/lora/adapterFolder';
import { mergeDeltas } from 'traitlab/lora/mergeDeltas';
import { forward, type ForwardOptions } from 'traitlab/model/forward';
import { loadModel } from 'traitlab/model/loadModel';
import { disposeModel, type Model } from 'traitlab/model/model';
import { expectClose, maxRelativeError } from '../helpers/expectClose';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { trainGolden } from '../train/trainGolden';

const { adapters, tokens } = trainGolden();
let model: Model;

test.before(async () => {
  await initBackend();
  model = await loadModel(projectPath('test/goldens/llama/gqa-tied-llama3'));
});
test.after(() => disposeModel(model));

function logitsOf(options: ForwardOptions): Float32Array {
  return tf.tidy(() => forward(model, tf.tensor2d(tokens, undefined, 'int32'), options).logits!.dataSync<'float32'>());
}

for (const [kind, { logits }] of Object.entries(adapters)) {
  test(`an adapter of PEFT gives PEFT's logits: ${kind}`, async () => {
    const adapter = loadAdapter(projectPath('test/goldens/train/adapters', kind), model.config);
    const deltas = adapterDeltas(adapter);
    const ours = logitsOf({ deltas });
    const error = maxRelativeError(ours, logits);
    assert.ok(error <= 5e-5, `error ${error}`);

    const merged = mergeDeltas(model.params, deltas);
    expectClose(logitsOf({ params: merged }), ours, { rtol: 1e-5, atol: 1e-5 }, 'merged');
    tf.dispose(Object.values(merged));

    const copy = join(temporaryFolder(), 'adapter');
    await saveAdapter(copy, adapter);
    const again = loadAdapter(copy, model.config);
    assert.deepEqual(logitsOf({ deltas: adapterDeltas(again) }), ours, 'saved and loaded again');
    [adapter, again].forEach(disposeAdapter);
  });
}

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
  disposeAdapter(adapter);
  assert.equal(tf.memory().numTensors, before);
});
