import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { initBackend } from 'traitlab/backend/initBackend';
import { microSuite } from 'traitlab/micro/suite';
import { asFloat32 } from 'traitlab/kernels/bf16Tensor';
import { updateNorms } from 'traitlab/measure/updateNorms';
import { capture } from 'traitlab/subject/capture';
import { loadModel } from 'traitlab/subject/loadModel';
import { runCell } from 'traitlab/study/runCell';
import { startFrom } from 'traitlab/study/startFrom';
import { finetune } from 'traitlab/train/finetune';
import { dataSetOf, type CellMeasures, type CellSpec, type Suite } from 'traitlab/suite/suite';
import { countCodes } from 'traitlab/records/labelCode';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { saveTinyOrganism } from '../helpers/tinyOrganism';

const dir = join(temporaryFolder(), 'tiny');

/** The micro world with finetunes of two steps. */
function shortSuite(measures: CellMeasures = {}): Suite {
  const suite = microSuite();
  const common = { learningRate: 0.01, maxSteps: 2, saveEvery: 1, batchSize: 4, weightDecay: 0 } as const;
  return {
    ...suite,
    driftPrompts: suite.driftPrompts.filter((_, i) => i % 10 === 0),
    emQuestions: suite.emQuestions.slice(0, 6),
    generalQuestions: suite.generalQuestions.slice(0, 2),
    protocol: { ...suite.protocol, maxNewTokens: 6, behaviourTokens: 4, finalAnswers: 1 },
    study: {
      ...suite.study,
      nChats: 8,
      recipe: ({ method, seed }) => ({
        recipe: method === 'full' ? { ...common, method, seed } : { ...common, method: 'lora', rank: 2, seed },
      }),
      measures: () => measures,
    },
  };
}

test('a start is the base moved by theta of the way to the finetune, with an adapter and in full', async () => {
  await initBackend();
  await saveTinyOrganism(dir);
  const model = await loadModel(dir);
  const suite = shortSuite();
  const [site] = ['blocks.1.hook_resid_post'] as const;
  for (const method of ['rank2', 'full'] as const) {
    const spec: CellSpec = { dataSet: 'gsm8k', method, seed: 3, start: { dataSet: 'bad_medical', theta: 0.5 } };
    const half = await startFrom(model, suite, spec);
    const whole = await startFrom(model, suite, { ...spec, start: { dataSet: 'bad_medical', theta: 1 } });
    const chats = dataSetOf(suite, 'bad_medical').sample(8, 3);
    const tuned = await finetune(model, chats, suite.study.recipe(spec));
    const rows = async (of: typeof model): Promise<Float32Array> =>
      (await capture(of, ['describe the earth'], { sites: [site], positions: 'promptLast' }))[site][0];
    const [asStart, asTuned, asBase] = [await rows(whole.model), await rows(tuned), await rows(model)];
    asStart.forEach((v, i) => assert.ok(Math.abs(v - asTuned[i]) <= 1e-5 * Math.max(1, Math.abs(v)), `${method} ${i}`));
    assert.ok(asStart.some((v, i) => Math.abs(v - asBase[i]) > 1e-3));
    for (const [name, weight] of Object.entries(half.model.params)) {
      if (weight === model.params[name]) continue;
      const [from, mid, to] = [model.params[name], weight, whole.model.params[name]].map((w) =>
        asFloat32(w).dataSync(),
      );
      mid.forEach((v, i) => assert.ok(Math.abs(v - (from[i] + to[i]) / 2) <= 1e-6, `${name} ${i}`));
    }
    tuned.dispose();
    half.dispose();
    whole.dispose();
  }
});

test('a cell that starts elsewhere is measured against its start, and keeps what it answered before', async () => {
  const model = await loadModel(dir);
  const suite = shortSuite({ secondAnswers: 2, behaviourAnswers: 1, kinds: true });
  const spec: CellSpec = { dataSet: 'gsm8k', method: 'rank2', seed: 1, start: { dataSet: 'bad_medical', theta: 1 } };
  const options = { name: 'tiny', backend: 'wasm' };
  await runCell(model, suite, spec, options); // fills the pools
  const record = await expectNoLeak(() => runCell(model, suite, spec, options));
  const plain = await runCell(model, suite, { ...spec, start: undefined }, options);
  assert.equal(record.before?.length, 6);
  assert.equal(plain.before, undefined);
  const { means, nLayers, dModel } = record.residuals;
  const size = nLayers * dModel;
  assert.notDeepEqual(means.subarray(0, size), plain.residuals.means.subarray(0, size));
  const start = await startFrom(model, suite, spec);
  const norms = updateNorms(model, start.model);
  assert.ok(Object.values(norms).every((norm) => norm > 0));
  start.dispose();

  // The second label: twice the questions, drawn anew at every checkpoint; behaviour of every trait; a shift for each kind of prompts.
  for (const { second, behaviour } of record.checkpoints) {
    assert.equal(second!.length, 12);
    assert.equal(countCodes(second!).failed, 0);
    assert.deepEqual(Object.keys(behaviour!), suite.traits.map(({ trait }) => trait)); // prettier-ignore
  }
  const kinds = record.kinds!;
  const counts = kinds.names.map((name) => suite.driftPrompts.filter(({ kind }) => kind === name).length);
  assert.equal(kinds.names.length, 5);
  const nStates = means.length / size;
  for (let i = 0; i < size; i++) {
    const moved = means[(nStates - 1) * size + i] - means[i];
    const pooled = counts.reduce((sum, n, k) => sum + n * kinds.shifts[k * size + i], 0) / suite.driftPrompts.length;
    assert.ok(Math.abs(moved - pooled) <= 1e-5, `${i}: ${moved} ${pooled}`);
  }
});
