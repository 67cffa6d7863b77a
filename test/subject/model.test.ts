import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter } from 'traitlab/lora/adapter';
import { adapterDeltas } from 'traitlab/lora/adapterDeltas';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import type { Hooks } from 'traitlab/model/hookSite';
import { capture } from 'traitlab/subject/capture';
import { generate } from 'traitlab/subject/generate';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { maybeTokenizer, tokenizerOf, withHooks, type Model } from 'traitlab/subject/model';
import type { Tokenizer } from 'traitlab/tokenizer/tokenizer';
import { tinyModel } from '../helpers/tinyModel';

const post = 'blocks.1.hook_resid_post';
const prompts = [[1, 5, 6]];
const look = { sites: [post], positions: 'promptLast' } as const;
const add = (n: number): Hooks => ({ [post]: (x: tf.Tensor) => tf.add(x, n) });
const times = (n: number): Hooks => ({ [post]: (x: tf.Tensor) => tf.mul(x, n) });

let model: Model;
test.before(async () => (model = await tinyModel()));
test.after(() => disposeModel(model));

const row = async (of: Parameters<typeof capture>[0]): Promise<number[]> => [
  ...(await capture(of, prompts, look))[post][0],
];

test('with gives a new value over the same weights and leaves the old one as it was', async () => {
  const before = await row(model);
  const tensors = tf.memory().numTensors;
  const hooked = model.with({ hooks: times(0) });
  assert.equal(tf.memory().numTensors, tensors, 'no weight is copied');
  assert.notEqual(hooked, model);
  assert.equal(hooked.base, model.base);
  assert.equal(hooked.params, model.params);
  assert.deepEqual([hooked.config, hooked.dir, hooked.hash], [model.config, model.dir, model.hash]);
  assert.ok((await row(hooked)).every((v) => v === 0));
  assert.equal(model.hooks, undefined);
  assert.deepEqual(await row(model), before);
  assert.ok(!hooked.isTuned, 'hooks are no training');
});

test('what is not changed stays: tokenizer, system role, hooks and adapter', () => {
  const tokenizer = { encode: () => [1] } as unknown as Tokenizer;
  const adapter = loadAdapter(projectPath('test/goldens/train/adapters/plain'), model.config);
  const all = model.with({ tokenizer, systemRole: 'userTurn', hooks: add(1), adapter });
  const again = all.with({});
  assert.equal(again.tokenizer, tokenizer);
  assert.equal(again.systemRole, 'userTurn');
  assert.equal(again.hooks, all.hooks);
  assert.equal(again.deltas, all.deltas);
  disposeAdapter(adapter);
});

test('hooks are run after those that are there', async () => {
  const plain = await row(model);
  const sumFirst = await row(model.with({ hooks: add(1) }).with({ hooks: times(2) }));
  const productFirst = await row(model.with({ hooks: times(2) }).with({ hooks: add(1) }));
  plain.forEach((v, i) => {
    assert.ok(Math.abs(sumFirst[i] - 2 * (v + 1)) < 1e-5);
    assert.ok(Math.abs(productFirst[i] - (2 * v + 1)) < 1e-5);
  });
  assert.deepEqual(await row(withHooks(model.with({ hooks: add(1) }), times(2))), sumFirst);
  const { config, params } = model;
  assert.deepEqual(await row(withHooks({ config, params, hooks: add(1) }, times(2))), sumFirst);
});

test('an adapter takes the place of the one there, and so do deltas', async () => {
  const adapter = loadAdapter(projectPath('test/goldens/train/adapters/plain'), model.config);
  const name = 'model.layers.0.mlp.down_proj.weight';
  const [a, b] = [tf.ones([1, model.config.dMlp]), tf.ones([24, 1])];
  const other = { [name]: { a, b, scale: 0.1 } };
  const first = model.with({ adapter });
  assert.ok(first.isTuned && !model.isTuned);
  assert.deepEqual(Object.keys(first.deltas!).sort(), Object.keys(adapterDeltas(adapter)).sort());
  assert.notDeepEqual(await row(first), await row(model));
  const second = first.with({ deltas: other });
  assert.equal(second.deltas, other);
  assert.deepEqual(await row(second), await row(model.with({ deltas: other })), 'nothing of the first is left');
  assert.deepEqual(await row(second.with({ adapter })), await row(first));
  assert.throws(
    () => model.with({ adapter, deltas: other }),
    /Model\.with: adapter and deltas; expected one of them \(sumDeltas adds several adapters up\)/,
  );
  disposeAdapter(adapter);
  tf.dispose([a, b]);
});

test('params take the place of weights by name, and those of another model are refused', async () => {
  const name = 'model.layers.0.mlp.up_proj.weight';
  const other = model.params['model.layers.1.mlp.up_proj.weight'];
  const swapped = model.with({ params: { [name]: other } });
  assert.equal(swapped.params[name], other);
  assert.deepEqual(Object.keys(swapped.params).sort(), Object.keys(model.params).sort());
  assert.ok(swapped.isTuned);
  assert.notDeepEqual(await row(swapped), await row(model));
  assert.throws(
    () => model.with({ params: { 'model.layers.7.mlp.up_proj.weight': other, 'of.another': other } }),
    /Model: no weight model\.layers\.7\.mlp\.up_proj\.weight, of\.another; expected params by names of the model's weights/,
  );
});

test('without a tokenizer whatever needs one says so, and tokens still go', async () => {
  const { config, params } = model;
  assert.ok(!model.hasTokenizer);
  assert.equal(maybeTokenizer(model), undefined);
  assert.equal(maybeTokenizer({ config, params }), undefined);
  assert.throws(
    () => model.tokenizer,
    /Model: .*gqa-tied-llama3 has no tokenizer; expected one, or prompts that are tokens/,
  );
  assert.throws(
    () => tokenizerOf('here', { config, params }),
    /^Error: here: the model has no tokenizer; expected one/,
  );
  await assert.rejects(
    generate(model, ['text'], { maxNewTokens: 1 }),
    /generate: prompt 0: .*gqa-tied-llama3 has no tokenizer; expected one, or prompts that are tokens/,
  );
  const [written] = await generate(model, [[1, 5]], { maxNewTokens: 2, eosIds: [] });
  assert.equal(written.tokens.length, 2);
  assert.equal(written.text, '');
  const tokenizer = { decode: (ids: readonly number[]) => ids.join(' ') } as unknown as Tokenizer;
  const [told] = await generate(model.with({ tokenizer }), [[1, 5]], { maxNewTokens: 2, eosIds: [] });
  assert.equal(told.text, written.tokens.join(' '));
});
