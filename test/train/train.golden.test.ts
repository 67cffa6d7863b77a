import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter } from 'traitlab/lora/adapter';
import { adapterDeltas } from 'traitlab/lora/adapterDeltas';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { disposeDecoder } from 'traitlab/model/decoder';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { collate } from 'traitlab/train/batch';
import { languageModelLoss } from 'traitlab/train/languageModelLoss';
import { schedule } from 'traitlab/train/schedule';
import { train } from 'traitlab/train/train';
import { disposeTrainState, initTrainState } from 'traitlab/train/trainState';
import type { Tensors } from 'traitlab/train/valueAndGrads';
import { expectClose } from '../helpers/expectClose';
import { markedExamples, trainGolden, weightError } from './trainGolden';

test.before(() => initBackend());

test('schedules equal those of transformers', () => {
  for (const { rates, ...options } of trainGolden().schedules) {
    const rate = schedule(options);
    const ours = rates.map((_, i) => rate(i + 1));
    expectClose(ours, rates, { rtol: 1e-12, atol: 1e-15 }, JSON.stringify(options));
  }
});

test('for both losses, ten full steps and twenty LoRA steps are held to PyTorch and PEFT, weights included', () => {
  const { runs } = trainGolden();
  const of = (part: string, steps: number, what: 'lossOn' | 'folder'): string[] => [
    ...new Set(
      Object.entries(runs)
        .filter(([name, run]) => name.startsWith(part) && run.steps === steps && run.weightsKept)
        .map(([, run]) => run[what])
        .sort(),
    ),
  ];
  assert.deepEqual(of('full-', 10, 'lossOn'), ['all', 'response']);
  assert.deepEqual(of('lora-', 20, 'lossOn'), ['all', 'response']);
  const families = ['gemma3', 'phi3-longrope', 'phi3-plain', 'qwen3-tied'].map((name) => `families/${name}`);
  assert.deepEqual(of('lora-', 20, 'folder'), [...families, 'llama/gqa-tied-llama3', 'llama/mha-untied']);
});

for (const name of Object.keys(trainGolden().runs).filter((run) => run.startsWith('full-'))) {
  test(`AdamW steps follow PyTorch: ${name}`, async () => {
    const run = trainGolden().runs[name];
    const model = await loadDecoder(projectPath('test/goldens', run.folder), { dtype: 'f32' });
    const batches = markedExamples(run).map((examples) => collate(examples));
    const start = initTrainState(model.params as Tensors);
    const losses: number[] = [];
    const norms: number[] = [];
    const end = await train(start, {
      lossOf: (params, batch) => languageModelLoss(model, batch, { params }),
      batchAt: (step) => batches.slice((step - 1) * run.parts, step * run.parts),
      steps: run.steps,
      learningRate: schedule({
        kind: run.schedule,
        peak: run.learningRate,
        totalSteps: run.steps,
        warmupSteps: run.warmupSteps,
      }),
      weightDecay: run.weightDecay,
      clipNorm: run.clipNorm ?? undefined,
      onStep: ({ loss, gradNorm }) => {
        losses.push(loss);
        norms.push(gradNorm);
      },
    });
    expectClose(losses, run.losses, { rtol: 0, atol: 1e-5 }, 'loss');
    expectClose(norms, run.gradNorms, { rtol: 1e-4, atol: 0 }, 'gradient norm');
    if (run.weightsKept) {
      const error = weightError(name, end.params);
      assert.ok(error < 1e-3, `weights differ by ${error} of their change`);
    }
    [start, end].forEach(disposeTrainState);
    disposeDecoder(model);
    assert.equal(tf.memory().numTensors, 0);
  });
}

for (const name of Object.keys(trainGolden().runs).filter((run) => run.startsWith('lora-'))) {
  test(`twenty LoRA steps follow PEFT: ${name}`, async () => {
    const run = trainGolden().runs[name];
    const model = await loadDecoder(projectPath('test/goldens', run.folder));
    const adapter = loadAdapter(projectPath('test/goldens/train', name), model.config);
    const batches = markedExamples(run).map((examples) => collate(examples));
    const start = initTrainState(adapter.params);
    const losses: number[] = [];
    const end = await train(start, {
      lossOf: (params, batch) =>
        languageModelLoss(model, batch, { deltas: adapterDeltas({ targets: adapter.targets, params }) }),
      batchAt: (step) => batches[step - 1],
      steps: run.steps,
      learningRate: schedule({
        kind: run.schedule,
        peak: run.learningRate,
        totalSteps: run.steps,
        warmupSteps: run.warmupSteps,
      }),
      weightDecay: run.weightDecay,
      onStep: ({ loss }) => void losses.push(loss),
    });
    expectClose(losses, run.losses, { rtol: 0, atol: 1e-5 }, 'loss');
    const error = weightError(name, end.params, (own) => `base_model.model.${own}`);
    assert.ok(error < 1e-3, `weights differ by ${error} of their change`);
    [start, end].forEach(disposeTrainState);
    disposeAdapter(adapter);
    disposeDecoder(model);
    assert.equal(tf.memory().numTensors, 0);
  });
}
