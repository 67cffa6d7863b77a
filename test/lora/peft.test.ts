import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { projectPath } from 'traitlab/io/projectPath';
import { forward } from 'traitlab/model/forward';
import { finetune } from 'traitlab/train/finetune';
import type { RecipeInput } from 'traitlab/train/recipe';
import { maxRelativeError } from '../helpers/expectClose';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

const python = process.env.TRAITLAB_PYTHON;
const skip =
  python === undefined || python === ''
    ? 'set TRAITLAB_PYTHON to a Python with torch, transformers and peft to run it'
    : false;

const recipes: Record<string, Partial<RecipeInput>> = {
  'plain scale, two modules': { rank: 4, alpha: 8, targetModules: ['q_proj', 'v_proj'], dropout: 0.1 },
  'rank-stabilised, all linear modules': { rank: 3, alpha: 6, rslora: true, targetModules: 'all-linear' },
  'a regular expression': { rank: 1, alpha: 16, targetModules: '.*layers\\.1\\.mlp\\.down_proj' },
};

for (const [name, part] of Object.entries(recipes)) {
  test(`an adapter trained here gives our logits in PEFT: ${name}`, { skip }, async () => {
    const model = await tinyModel();
    const tokens = [
      [3, 9, 17, 4, 30],
      [5, 6, 7, 8, 9],
    ];
    const examples = tokens.map((row) => ({ tokens: row, counts: row.map(() => true) }));
    const tuned = await finetune(model, {
      recipe: { method: 'lora', learningRate: 0.05, maxSteps: 5, ...part },
      examples,
    });
    const dir = join(temporaryFolder(), 'adapter');
    await tuned.save(dir);
    const run = (variant: object): Float32Array =>
      tf.tidy(() => forward(model, tf.tensor2d(tokens, undefined, 'int32'), variant).logits!.dataSync<'float32'>());
    const script = projectPath('test/lora/check_adapter.py');
    const peft = spawnSync(python!, [script, model.dir!, dir, JSON.stringify(tokens)], {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    assert.equal(peft.status, 0, peft.stderr);
    const theirs = JSON.parse(peft.stdout) as number[];
    const error = maxRelativeError(run(tuned.variant), theirs);
    assert.ok(error <= 5e-5, `error ${error}`);
    assert.ok(maxRelativeError(run({}), theirs) > 0.1, 'the adapter does something');
    tuned.dispose();
  });
}
