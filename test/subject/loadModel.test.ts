import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter } from 'traitlab/lora/adapter';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { capture } from 'traitlab/subject/capture';
import { loadModel } from 'traitlab/subject/loadModel';
import { disposeModel } from 'traitlab/subject/modelFiles';
import type { Subject } from 'traitlab/subject/model';
import { loadTokenizer } from 'traitlab/tokenizer/tokenizer';
import { writeChatModel } from '../helpers/chatModel';
import { temporaryFolder } from '../helpers/temporaryFolder';

const base = projectPath('test/goldens/llama/gqa-tied-llama3');
const plain = projectPath('test/goldens/train/adapters/plain');

test.before(() => initBackend());

const logits = async (of: Subject): Promise<Float32Array> =>
  (await capture(of, [[1, 5, 6]], { sites: ['logits'], positions: 'promptLast' })).logits[0];

/** The folder of an adapter that names a base, or none. */
function adapterOn(name: string | null): string {
  const dir = join(temporaryFolder(), 'adapter');
  cpSync(plain, dir, { recursive: true });
  const path = join(dir, 'adapter_config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...config, base_model_name_or_path: name }));
  return dir;
}

test('a folder opens with its tokenizer, from the project too, and is freed without a tensor left', async () => {
  const dir = temporaryFolder();
  await writeChatModel(dir);
  const before = tf.memory().numTensors;
  const model = await loadModel(dir, { systemRole: 'userTurn' });
  assert.equal(model.dir, dir);
  assert.ok(model.hasTokenizer && !model.isTuned);
  assert.equal(model.tokenizer, model.tokenizer, 'read once');
  assert.deepEqual(model.tokenizer.encode('hello world'), loadTokenizer(dir).encode('hello world'));
  assert.equal(model.systemRole, 'userTurn');
  disposeModel(model);
  assert.equal(tf.memory().numTensors, before);

  const bare = await loadModel('test/goldens/llama/gqa-tied-llama3');
  assert.ok(!bare.hasTokenizer);
  disposeModel(bare);
  disposeModel(bare);
  assert.equal(tf.memory().numTensors, before, 'freed once, however often it is asked for');
});

test('an adapter opens as the base that it names, or another that is given, with the adapter on', async () => {
  const before = tf.memory().numTensors;
  const whole = await loadModel(base);
  const adapter = loadAdapter(plain, whole.config);
  const expected = await logits(whole.with({ adapter }));
  assert.notDeepEqual(expected, await logits(whole));

  const named = await loadModel(adapterOn(base));
  assert.equal(named.dir, base);
  assert.equal(named.hash, whole.hash, 'the hash is that of the base');
  assert.ok(named.isTuned);
  assert.deepEqual(await logits(named), expected);

  const given = await loadModel(adapterOn('/nowhere/at-all'), { base });
  assert.deepEqual(await logits(given), expected);
  const over = await loadModel(base, { adapter: plain });
  assert.deepEqual(await logits(over), expected);

  disposeAdapter(adapter);
  for (const model of [whole, named, given, over]) disposeModel(model);
  assert.equal(tf.memory().numTensors, before, 'weights and adapters are freed');
});

test('what does not go together is refused, and what was loaded by then is freed', async () => {
  const before = tf.memory().numTensors;
  await assert.rejects(
    loadModel(base, { base }),
    /loadModel: .*: base .* beside a whole model; expected the folder of an adapter/,
  );
  await assert.rejects(
    loadModel(adapterOn(base), { adapter: plain }),
    /loadModel: .*: it is an adapter, and so is .*; expected a model beside adapter/,
  );
  const nameless = adapterOn(null);
  await assert.rejects(loadModel(nameless), {
    message: `adapterBase: ${join(nameless, 'adapter_config.json')}: no base_model_name_or_path; expected the name of the base (or option base)`,
  });
  const broken = adapterOn(base);
  writeFileSync(join(broken, 'adapter_model.safetensors'), 'none');
  await assert.rejects(loadModel(broken), /adapter_model\.safetensors/);
  assert.equal(tf.memory().numTensors, before);
});
