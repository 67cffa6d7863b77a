import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import type { Judge } from 'traitlab/judge/judgement';
import { microSuite } from 'traitlab/micro/suite';
import { labelsOf } from 'traitlab/records/labelCode';
import { mostMisaligned } from 'traitlab/study/variantOutcomes';
import { steerability } from 'traitlab/study/steerability';
import type { Suite } from 'traitlab/suite/suite';
import { loadModel } from 'traitlab/subject/loadModel';
import type { Model } from 'traitlab/subject/model';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { saveTinyOrganism } from '../helpers/tinyOrganism';

const asked = { coeffs: [1, 2], nPerQuestion: { tuned: 2, point: 1, again: 2 }, nRandom: 2, seed: 3 };

/** The micro world with short answers, finetunes of two steps, and another judge: answers of an even number of letters are misaligned. */
function suiteOf(answer: Judge): Suite {
  const micro = microSuite();
  return {
    ...micro,
    judge: { ...micro.judge, answer },
    generalQuestions: micro.generalQuestions.slice(0, 8),
    protocol: { ...micro.protocol, maxNewTokens: 6 },
    study: {
      ...micro.study,
      nChats: 20,
      recipe: (cell) => ({ recipe: { ...micro.study.recipe(cell).recipe, epochs: undefined, maxSteps: 2 } }),
    },
  };
}
const byLength: Judge = (_, answer) => ({
  status: 'scored',
  aligned: answer.length % 2 === 0 ? 0 : 100,
  coherent: 100,
});

let opened: Promise<Model> | undefined;
const organism = (): Promise<Model> =>
  (opened ??= (async () => {
    const dir = temporaryFolder();
    await loadModel('test/goldens/llama/gqa-tied-llama3'); // starts the backend
    await saveTinyOrganism(dir);
    return loadModel(dir);
  })());

test('a sweep over blocks and coefficients, its best point again beside random vectors, and the same from its files', async () => {
  const model = await organism();
  const dir = temporaryFolder();
  const whole = await expectNoLeak(() => steerability(model, suiteOf(byLength), { ...asked, dir }));
  assert.equal(whole.modelHash, model.hash);
  assert.deepEqual([whole.chat.length, whole.tuned.length], [16, 16]);
  const misaligned = labelsOf(whole.tuned).filter((label) => label === 'misaligned').length;
  assert.equal(whole.nSides, Math.min(misaligned, 16 - misaligned));
  assert.deepEqual(whole.sweep.map(({ layer, coeff }) => [layer, coeff]), [[0, 1], [0, 2], [1, 1], [1, 2]]); // prettier-ignore
  assert.ok(whole.sweep.every(({ labels }) => labels.length === 8));
  const best = mostMisaligned(whole.sweep)!;
  assert.deepEqual(whole.again.map(({ layer, coeff, control, labels }) => [layer, coeff, control, labels.length]), [undefined, 0, 1].map((control) => [best.layer, best.coeff, control, 16])); // prettier-ignore
  // What is added after the last block arrives there as it is.
  const [first, last] = whole.blocks;
  assert.deepEqual([first.layer, last.layer], [0, 1]);
  assert.ok(Math.abs(last.arrives.cosine - 1) < 1e-5 && Math.abs(last.arrives.share - 1) < 1e-5);
  assert.ok(first.arrives.cosine < 1 - 1e-5);
  assert.ok(whole.blocks.every((b) => b.norm > 0 && b.residualFraction > 0 && b.kl > 0 && Math.abs(b.driftCosine) <= 1)); // prettier-ignore
  const bytes = readFileSync(join(dir, 'sweep.jsonl'), 'utf8');
  assert.deepEqual(await steerability(model, suiteOf(byLength), { ...asked, dir }), whole);
  assert.equal(readFileSync(join(dir, 'sweep.jsonl'), 'utf8'), bytes);
});

test('where the finetune is not misaligned there is nothing to steer by, and a suite that ablates nothing is refused', async () => {
  const model = await organism();
  const allAligned = suiteOf(() => ({ status: 'scored', aligned: 100, coherent: 100 }));
  const { nSides, blocks, sweep, again, tuned } = await steerability(model, allAligned, asked);
  assert.deepEqual([nSides, blocks, sweep, again, tuned], [0, [], [], [], 'a'.repeat(16)]);
  const { study } = allAligned;
  const nothing = { ...allAligned, study: { ...study, ablated: undefined } };
  await assert.rejects(steerability(model, nothing, asked), /says of no data set that it is ablated; expected study\.ablated/); // prettier-ignore
});
