import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { readSafetensors } from 'traitlab/formats/safetensors';
import { disposeAdapter } from 'traitlab/lora/adapter';
import { adapterDeltas } from 'traitlab/lora/adapterDeltas';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { forward, type ForwardOptions } from 'traitlab/model/forward';
import type { Model } from 'traitlab/subject/model';
import { maxRelativeError } from '../helpers/expectClose';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';
import { recipes, tokens, trainHere } from './trainedHere';

const python = process.env.TRAITLAB_PYTHON;
const skip =
  python === undefined || python === ''
    ? 'set TRAITLAB_PYTHON to a Python with torch, transformers and peft to run it'
    : false;
const goldens = projectPath('test/goldens/train/trained-here');
const { logits } = readJson('test', join(goldens, 'logits.json')) as { logits: Record<string, number[]> };

let model: Model;
test.before(async () => (model = await tinyModel()));

const logitsOf = (variant: ForwardOptions): Float32Array =>
  tf.tidy(() => forward(model, tf.tensor2d(tokens, undefined, 'int32'), variant).logits!.dataSync<'float32'>());

for (const name of Object.keys(recipes)) {
  test(`an adapter trained here gives our logits in PEFT: ${name}`, () => {
    const adapter = loadAdapter(join(goldens, name), model.config);
    const error = maxRelativeError(logitsOf({ deltas: adapterDeltas(adapter) }), logits[name]);
    assert.ok(error <= 5e-5, `error ${error}`);
    assert.ok(maxRelativeError(logitsOf({}), logits[name]) > 0.1, 'the adapter does something');
    disposeAdapter(adapter);
  });

  test(`training writes that adapter still: ${name}`, async () => {
    const tuned = await trainHere(model, name);
    const dir = join(temporaryFolder(), 'adapter');
    await tuned.save(dir);
    tuned.dispose();
    assert.deepEqual(readdirSync(dir).sort(), readdirSync(join(goldens, name)).sort());
    const config = (folder: string): object => ({
      ...(JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as object),
      base_model_name_or_path: '',
    });
    assert.deepEqual(config(dir), config(join(goldens, name)));
    const [now, then] = [dir, join(goldens, name)].map((d) => readSafetensors(join(d, 'adapter_model.safetensors')));
    assert.deepEqual([...now.tensors.keys()], [...then.tensors.keys()]);
    for (const [key, tensor] of now.tensors) {
      // Another machine may round another way; Adam's first steps make more of it than of the weights themselves.
      const error = maxRelativeError(tensor.float32(), then.tensors.get(key)!.float32());
      assert.ok(error <= 1e-3, `${key}: error ${error}`);
    }
  });

  test(`PEFT itself, where there is one, gives our logits with an adapter trained now: ${name}`, { skip }, async () => {
    const tuned = await trainHere(model, name);
    const dir = join(temporaryFolder(), 'adapter');
    await tuned.save(dir);
    const script = projectPath('test/lora/check_adapter.py');
    const peft = spawnSync(python!, [script, model.dir!, dir, JSON.stringify(tokens)], {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    assert.equal(peft.status, 0, peft.stderr);
    const error = maxRelativeError(logitsOf({ deltas: tuned.deltas }), JSON.parse(peft.stdout) as number[]);
    assert.ok(error <= 5e-5, `error ${error}`);
    tuned.dispose();
  });
}
