import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { disposeAdapter, initAdapter } from 'traitlab/lora/adapter';
import { saveAdapter } from 'traitlab/lora/adapterFolder';
import { loadModel } from 'traitlab/subject/loadModel';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { finetune } from 'traitlab/train/finetune';
import { trainable } from 'traitlab/train/trainable';
import { temporaryFolder } from '../helpers/temporaryFolder';

const lora = { alpha: 8, rslora: false, dropout: 0, targetModules: 'all-linear', rankPattern: {}, alphaPattern: {} };
const examples = [{ tokens: [3, 4, 5, 6], counts: [true, true, true, true] }];

test('what a run knows of its starting adapter is short, whatever its size, and differs with one number of it', async () => {
  const model = await loadModel(projectPath('test/goldens/llama/gqa-tied-llama3'));
  const folder = temporaryFolder();
  const origins: string[] = [];
  for (const [name, rank, seed] of [
    ['a', 4, 1],
    ['b', 4, 2],
    ['wide', 200, 1],
    ['a-again', 4, 1],
  ] as const) {
    const dir = join(folder, name);
    mkdirSync(dir);
    const adapter = initAdapter({ ...lora, rank }, model.config, seed);
    await saveAdapter(dir, adapter);
    disposeAdapter(adapter);
    const { origin } = trainable(model, { method: 'lora', learningRate: 0.1, rank, alpha: 8, initAdapter: dir });
    assert.match(origin, /^[0-9a-f]{64}$/);
    origins.push(origin);
  }
  assert.equal(new Set(origins).size, 3);
  assert.equal(origins[0], origins[3]);

  const recipe = (initAdapter: string) => ({ method: 'lora' as const, learningRate: 0.1, maxSteps: 1, rank: 4, alpha: 8, initAdapter }); // prettier-ignore
  const fingerprint = async (initAdapter: string): Promise<unknown> => {
    const out = join(temporaryFolder(), 'out');
    const tuned = await finetune(model, examples, { recipe: recipe(join(folder, initAdapter)), out });
    tuned.dispose();
    return (readJson('test', join(out, 'finetune.json')) as { fingerprint: string }).fingerprint;
  };
  assert.equal(await fingerprint('a'), await fingerprint('a-again'));
  assert.notEqual(await fingerprint('a'), await fingerprint('b'));
  disposeModel(model);
});
