import * as tf from '@tensorflow/tfjs';
import { crossEntropy } from 'traitlab/kernels/crossEntropy';
import { matMul } from 'traitlab/kernels/matMul';
import { forward } from 'traitlab/model/forward';
import { generate } from 'traitlab/subject/generate';
import { rng } from 'traitlab/random/rng';
import type { Batch } from 'traitlab/train/batch';
import { initParams } from 'traitlab/train/initParams';
import { train } from 'traitlab/train/train';
import { initTrainState, disposeTrainState } from 'traitlab/train/trainState';
import { modelConfig, type BenchCase } from './cases';

/** Results of one case in its unit, one a repetition: by the clock, and by the CPU time of the process. */
export interface Results {
  readonly values: number[];
  readonly cpu: number[];
}

interface Seconds {
  readonly wall: number;
  readonly cpu: number;
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const inUnit = (seconds: readonly Seconds[], unit: (s: number) => number): Results => ({
  values: seconds.map((s) => unit(s.wall)),
  cpu: seconds.map((s) => unit(s.cpu)),
});

/** Measures one case on the current backend, `repeats` times. */
export async function runCase(c: BenchCase, repeats: number): Promise<Results> {
  switch (c.kind) {
    case 'matmul':
      return runMatMul(c.size, c.form, repeats);
    case 'layer':
      return runLayer(c, repeats);
    case 'train':
      return runTrain(c, repeats);
    case 'decode':
      return runDecode(c, repeats);
  }
}

async function timed(repeats: number, f: () => void | Promise<void>, warmUps = 1): Promise<Seconds[]> {
  const seconds: Seconds[] = [];
  for (let i = 0; i < warmUps; i++) await f(); // compiles, allocates
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    const cpu = cpuSeconds();
    await f();
    seconds.push({ wall: (performance.now() - start) / 1000, cpu: cpuSeconds() - cpu });
  }
  return seconds;
}

async function runMatMul(size: number, form: string, repeats: number): Promise<Results> {
  const [a, b] = [tf.randomNormal([size, size]), tf.randomNormal([size, size])];
  const inner = Math.max(1, Math.round(5e8 / (2 * size ** 3)));
  const options = { transposeA: form[0] === 'T', transposeB: form[1] === 'T' };
  const seconds = await timed(repeats, () => {
    for (let i = 0; i < inner; i++) matMul(a, b, options).dispose();
  });
  tf.dispose([a, b]);
  return inUnit(seconds, (s) => (2 * size ** 3 * inner) / s / 1e9);
}

type ModelCase = Extract<BenchCase, { kind: 'layer' | 'train' | 'decode' }>;

function randomTokens(c: ModelCase): Int32Array {
  const random = rng(1);
  return Int32Array.from({ length: c.batch * c.pos }, () => random.int(c.model.vocab));
}

async function runLayer(c: ModelCase, repeats: number): Promise<Results> {
  const config = modelConfig(c.model);
  const model = { config, params: initParams(config, { seed: 1 }) };
  const tokens = tf.tensor2d(randomTokens(c), [c.batch, c.pos], 'int32');
  const hooks = { 'blocks.0.hook_resid_post': () => undefined };
  const seconds = await timed(repeats, () => void forward(model, tokens, { hooks, unembed: 'none' }));
  tf.dispose([tokens, model.params]);
  return inUnit(seconds, (s) => s * 1000);
}

async function runTrain(c: ModelCase, repeats: number): Promise<Results> {
  const config = modelConfig(c.model);
  const random = rng(2);
  const n = c.batch * c.pos;
  const batch: Batch = {
    rows: c.batch,
    pos: c.pos,
    inputs: randomTokens(c),
    targets: Int32Array.from({ length: n }, () => random.int(c.model.vocab)),
    weights: new Float32Array(n).fill(1),
    nTokens: n,
    nTargets: n,
  };
  const params = initParams(config, { seed: 1 });
  const initial = initTrainState(params);
  const seconds: Seconds[] = [];
  let start = performance.now();
  let cpu = cpuSeconds();
  const done = await train(initial, {
    steps: repeats + 2,
    batchAt: () => batch,
    learningRate: () => 1e-3,
    lossOf: (p) => {
      const tokens = tf.tensor2d(batch.inputs, [c.batch, c.pos], 'int32');
      const { logits } = forward({ config, params: p }, tokens);
      const targets = tf.tensor1d(batch.targets, 'int32');
      return crossEntropy(tf.reshape(logits!, [n, c.model.vocab]), targets, tf.tensor1d(batch.weights));
    },
    onStep: () => {
      seconds.push({ wall: (performance.now() - start) / 1000, cpu: cpuSeconds() - cpu });
      start = performance.now();
      cpu = cpuSeconds();
    },
  });
  for (const state of [initial, done]) disposeTrainState(state);
  return inUnit(seconds.slice(2), (s) => s * 1000);
}

async function runDecode(c: ModelCase, repeats: number): Promise<Results> {
  const config = modelConfig(c.model);
  const model = { config, params: initParams(config, { seed: 1 }) };
  const random = rng(3);
  const prompts = Array.from({ length: c.batch }, () => Array.from({ length: 16 }, () => random.int(c.model.vocab)));
  const options = { maxNewTokens: c.pos, eosIds: [], batchSize: c.batch };
  const seconds = await timed(repeats, async () => void (await generate(model, prompts, options)), repeats);
  tf.dispose(model.params);
  return inUnit(seconds, (s) => (c.batch * c.pos) / s);
}
