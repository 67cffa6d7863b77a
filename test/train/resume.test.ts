import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import type { Decoder } from 'traitlab/model/decoder';
import { rng } from 'traitlab/random/rng';
import { collate, type Batch } from 'traitlab/train/batch';
import { initParams } from 'traitlab/train/initParams';
import { languageModelLoss } from 'traitlab/train/languageModelLoss';
import { schedule } from 'traitlab/train/schedule';
import { train, type StepReport, type TrainOptions } from 'traitlab/train/train';
import { trainResumable } from 'traitlab/train/trainResumable';
import {
  disposeTrainState,
  initTrainState,
  loadTrainState,
  saveTrainState,
  type TrainState,
} from 'traitlab/train/trainState';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { temporaryFolder } from '../helpers/temporaryFolder';

let model: Decoder;
test.before(async () => {
  await initBackend();
  model = await loadDecoder(projectPath('test/goldens/llama/gqa-tied-llama3'));
});

function batchAt(step: number): Batch {
  const random = rng(3).split(step);
  const tokens = Array.from({ length: 9 }, () => 3 + random.int(5));
  return collate([{ tokens, counts: tokens.map(() => true) }]);
}

const options = (steps: number, more: Partial<TrainOptions> = {}): TrainOptions => ({
  lossOf: (params, batch) => languageModelLoss(model, batch, { params }),
  batchAt,
  steps,
  learningRate: schedule({ kind: 'cosine', peak: 0.01, totalSteps: steps, warmupSteps: 2 }),
  weightDecay: 0.01,
  clipNorm: 1,
  ...more,
});

function start(): TrainState {
  const params = initParams(model.config, { seed: 1 });
  const state = initTrainState(params);
  tf.dispose(Object.values(params));
  return state;
}

const bits = (state: TrainState): Record<string, Uint32Array> =>
  Object.fromEntries(
    (['params', 'm', 'v'] as const).flatMap((part) =>
      Object.entries(state[part]).map(([name, x]) => [
        `${part}/${name}`,
        new Uint32Array(x.dataSync<'float32'>().slice().buffer),
      ]),
    ),
  );

test('a run that is stopped and goes on ends with the bits of one that was not', async () => {
  const statePath = join(temporaryFolder(), 'deep', 'state.safetensors');
  const resumable = { statePath, stateEvery: 3, fingerprint: 'a' };
  const initial = start();
  const whole = await train(initial, options(12));
  const stop = new AbortController();
  const first = await trainResumable(start, {
    ...options(12, { signal: stop.signal, onStep: ({ step }) => void (step === 7 && stop.abort()) }),
    ...resumable,
  });
  assert.equal(first.step, 7);
  assert.ok(existsSync(statePath));
  const steps: number[] = [];
  const second = await trainResumable(() => assert.fail('starts anew'), {
    ...options(12, { onStep: ({ step }) => void steps.push(step) }),
    ...resumable,
  });
  assert.deepEqual(steps, [8, 9, 10, 11, 12]);
  assert.deepEqual(bits(second), bits(whole));
  await assert.rejects(
    trainResumable(start, { ...options(12), ...resumable, fingerprint: 'b' }),
    /loadTrainState: .*state\.safetensors: belongs to another run; expected fingerprint b, got a/,
  );
  [initial, whole, first, second].forEach(disposeTrainState);
});

test('a hundred steps leave no tensor behind and learn', async () => {
  const losses: number[] = [];
  const initial = start();
  const tensors: number[] = [];
  const end = await expectNoLeak(
    () =>
      train(
        initial,
        options(100, {
          onStep: ({ loss }) => {
            losses.push(loss);
            tensors.push(tf.memory().numTensors);
          },
        }),
      ),
    3 * Object.keys(initial.params).length,
  );
  assert.equal(new Set(tensors).size, 1, `tensors during the run: ${[...new Set(tensors)].join(' ')}`);
  assert.ok(losses[0] > 3.5 && losses[99] < 1.9, `loss ${losses[0]} -> ${losses[99]}`);
  [initial, end].forEach(disposeTrainState);
});

test('reports say where the run is; the given state is left alone', async () => {
  const initial = start();
  const before = bits(initial);
  const reports: StepReport[] = [];
  const end = await train(initial, options(3, { onStep: (report) => void reports.push(report) }));
  assert.deepEqual(bits(initial), before);
  assert.deepEqual(
    reports.map(({ step, steps }) => `${step}/${steps}`),
    ['1/3', '2/3', '3/3'],
  );
  assert.deepEqual(
    reports.map(({ learningRate }) => learningRate),
    [0, 0.005, 0.01],
  );
  assert.equal(reports[2].secondsLeft, 0);
  assert.ok(reports.every(({ tokensPerSecond, gradNorm }) => tokensPerSecond > 0 && gradNorm > 0));
  [initial, end].forEach(disposeTrainState);
});

test('a loss that is not finite stops the run and says where', async () => {
  const initial = start();
  await expectNoLeak(() =>
    assert.rejects(
      train(
        initial,
        options(5, {
          lossOf: (params, batch, { step }) =>
            tf.mul(languageModelLoss(model, batch, { params }), step === 3 ? NaN : 1),
        }),
      ),
      /train: step 3: the loss is NaN; expected a finite number/,
    ),
  );
  disposeTrainState(initial);
});

test('a state file is whole or refused', () => {
  const path = join(temporaryFolder(), 's.safetensors');
  const initial = start();
  saveTrainState(path, initial, 'x');
  const loaded = loadTrainState(path, 'x');
  assert.deepEqual(bits(loaded), bits(initial));
  assert.throws(
    () => loadTrainState(projectPath('test/goldens/llama/mha-untied/model.safetensors'), 'x'),
    /no training state; expected one written by saveTrainState/,
  );
  [initial, loaded].forEach(disposeTrainState);
});
