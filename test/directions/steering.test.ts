import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { capture } from 'traitlab/subject/capture';
import { forward } from 'traitlab/model/forward';
import { generate } from 'traitlab/subject/generate';
import { mergeHooks, type HookFn, type Hooks } from 'traitlab/model/hookSite';
import { disposeCache, emptyCache } from 'traitlab/model/kvCache';
import type { Decoder } from 'traitlab/model/decoder';
import { rng } from 'traitlab/random/rng';
import { dot, norm } from 'traitlab/stats/dot';
import { toUnit } from 'traitlab/stats/toUnit';
import { ablate, ablateLayerwise } from 'traitlab/directions/ablate';
import { steer, type SteerPositions } from 'traitlab/directions/steer';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { tinyModel } from '../helpers/tinyModel';

const prompts = [
  [1, 5, 6, 7, 8],
  [1, 9],
];
const random = (d: number, seed: number): Float64Array =>
  Float64Array.from(
    { length: d },
    (
      (r) => () =>
        r.normal()
    )(rng(seed)),
  );

/** Logits [batch pos dVocab] of a padded batch in one call. */
function logits(model: Decoder, rows: number[][], hooks: Hooks): Float32Array {
  return tf.tidy(() => {
    const pos = Math.max(...rows.map((r) => r.length));
    const padding = rows.map((r) => pos - r.length);
    const tokens = tf.tensor2d(
      rows.map((r, b) => [...new Array<number>(padding[b]).fill(0), ...r]),
      undefined,
      'int32',
    );
    return forward(model, tokens, { padding, hooks }).logits!.dataSync() as Float32Array;
  });
}

/** The tokens that a model writes. */
const continuations = async (...asked: Parameters<typeof generate>): Promise<number[][]> =>
  (await generate(...asked)).map(({ tokens }) => [...tokens]);

for (const positions of ['all', 'response'] as SteerPositions[]) {
  test(`steered cached decoding equals the steered full re-run under left padding (${positions})`, async () => {
    const model = await tinyModel();
    const steered = { layers: [0, 1], coeff: 1.5, positions };
    const vector = random(model.config.dModel, 1);
    const response = [
      [3, 4, 11],
      [7, 2, 30],
    ];
    const promptLengths = prompts.map((p) => p.length);
    const full = logits(
      model,
      prompts.map((p, i) => [...p, ...response[i]]),
      steer(vector, { ...steered, promptLengths }),
    );

    const hooks = steer(vector, steered);
    const v = model.config.dVocab;
    let cache = emptyCache;
    const pos = 5;
    const padding = [0, 3];
    const inputs = [
      prompts.map((p, b) => [...new Array<number>(padding[b]).fill(0), ...p]),
      ...[0, 1, 2].map((t) => response.map((r) => [r[t]])),
    ];
    for (const [t, input] of inputs.entries()) {
      const tokens = tf.tensor2d(input, undefined, 'int32');
      const result = forward(model, tokens, { padding, hooks, cache, unembed: 'last' });
      disposeCache(cache);
      cache = result.cache!;
      const got = result.logits!.dataSync();
      [0, 1].forEach((b) => {
        const at = (b * 8 + pos - 1 + t) * v;
        expectClose(
          got.slice(b * v, (b + 1) * v),
          full.slice(at, at + v),
          { rtol: 1e-4, atol: 1e-5 },
          `row ${b}, step ${t}`,
        );
      });
      tf.dispose([tokens, result.logits!]);
    }
    disposeCache(cache);
  });
}

test('steered and ablated generation equals full re-runs token for token in a padded batch', async () => {
  const model = await tinyModel();
  const vector = random(model.config.dModel, 8);
  const promptLengths = prompts.map((p) => p.length);
  const cases: [string, Hooks, Hooks][] = [
    ['ablate', ablate(vector, model.config), ablate(vector, model.config)],
    ...(['all', 'response'] as const).map((positions): [string, Hooks, Hooks] => {
      const options = { layers: [0], coeff: 3, positions };
      return [positions, steer(vector, options), steer(vector, { ...options, promptLengths })];
    }),
  ];
  for (const [name, cached, whole] of cases) {
    const got = await continuations(model.with({ hooks: cached }), prompts, { maxNewTokens: 8, eosIds: [] });
    const rows = prompts.map((p) => [...p]);
    for (let step = 0; step < 8; step++) {
      const values = logits(model, rows, whole);
      const pos = Math.max(...rows.map((r) => r.length));
      const v = model.config.dVocab;
      rows.forEach((row, b) => {
        const last = [...values.subarray(((b + 1) * pos - 1) * v, (b + 1) * pos * v)];
        row.push(last.indexOf(Math.max(...last)));
      });
    }
    assert.deepEqual(
      got,
      rows.map((row, b) => row.slice(promptLengths[b])),
      name,
    );
  }
});

test('promptLengths belong to the prompts as given, however generation sorts them and whichever has finished', async () => {
  const model = await tinyModel();
  const mixed = [[1, 9], [1, 5, 6, 7, 8], [4, 3, 12, 30], [20]];
  const options = { layers: [0, 1], coeff: 4, positions: 'response' } as const;
  const vector = random(model.config.dModel, 9);
  const steered = steer(vector, { ...options, promptLengths: mixed.map((p) => p.length) });
  const run = (hooks: Hooks, eosIds: readonly number[], batchSize: number): Promise<number[][]> =>
    continuations(model.with({ hooks }), mixed, { maxNewTokens: 8, eosIds, batchSize });
  // The same computed row by row, by re-runs of the whole text.
  const whole = mixed.map((prompt) => {
    const row = [...prompt];
    const hooks = steer(vector, { ...options, promptLengths: [prompt.length] });
    for (let step = 0; step < 8; step++) {
      const values = logits(model, [row], hooks);
      const last = [...values.subarray(values.length - model.config.dVocab)];
      row.push(last.indexOf(Math.max(...last)));
    }
    return row.slice(prompt.length);
  });
  const ends = [whole[3][1], whole[0][4]];
  const cut = whole.map((row) => row.slice(0, (row.findIndex((t) => ends.includes(t)) + 1 || 9) as number));
  const lengths = new Set(cut.map((row) => row.length));
  assert.ok(lengths.size >= 3, `rows leave at different steps, got ${[...lengths].join(' ')}`);
  for (const batchSize of [1, 3, 64]) {
    assert.deepEqual(await run(steered, [], batchSize), whole, `batches of ${batchSize}`);
    assert.deepEqual(await run(steered, ends, batchSize), cut, `batches of ${batchSize}, some rows end early`);
  }
  const tooMany = steer(vector, { ...options, promptLengths: [2, 5, 4, 1, 1] });
  await assert.rejects(run(tooMany, [], 2), /steer: promptLengths has the wrong length; expected 4, got 5/);
  assert.throws(() => steer(vector, { ...options, promptLengths: [0] }), /invalid promptLengths; .* got 0/);
});

test('promptLengths belong to the samples as given, however capture sorts them', async () => {
  const model = await tinyModel();
  const samples = [
    [1, 5, 6, 7, 8, 3, 4],
    [1, 9, 7, 2],
    [4, 3, 12, 30, 11],
  ];
  const promptLengths = [5, 2, 3];
  const vector = random(model.config.dModel, 10);
  const hooksFor = (lengths: readonly number[]): Hooks =>
    steer(vector, { layers: [0], coeff: 3, positions: 'response', promptLengths: lengths });
  for (const batchSize of [2, 32]) {
    const look = { sites: ['logits'], positions: 'all', batchSize } as const;
    const rows = await capture(model.with({ hooks: hooksFor(promptLengths) }), samples, look);
    samples.forEach((tokens, i) => {
      const alone = logits(model, [tokens], hooksFor([promptLengths[i]]));
      expectClose(rows.logits[i], alone, { rtol: 1e-4, atol: 1e-5 }, `sample ${i} in batches of ${batchSize}`);
    });
  }
});

test('adding and subtracting gives the baseline, and no coefficient changes nothing', async () => {
  const model = await tinyModel();
  const vector = random(model.config.dModel, 2);
  const plain = logits(model, prompts, {});
  const there = steer(vector, { layers: [1], coeff: 2 });
  const back = steer(vector, { layers: [1], coeff: -2 });
  expectClose(logits(model, prompts, mergeHooks(there, back)), plain, { rtol: 1e-4, atol: 1e-5 });
  assert.deepEqual(logits(model, prompts, steer(vector, { layers: [0], coeff: 0 })), plain);
  assert.notDeepEqual(logits(model, prompts, there), plain);
});

test('after ablation nothing is left along the direction after any block, and the rest is kept', async () => {
  const model = await tinyModel();
  const direction = random(model.config.dModel, 3);
  const unit = toUnit(direction);
  const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;
  const look = { sites, positions: 'promptLast' } as const;
  const before = await capture(model, prompts, look);
  const after = await capture(model.with({ hooks: ablate(direction, model.config) }), prompts, look);
  for (const site of sites) {
    for (const row of after[site]) assert.ok(Math.abs(dot(row, unit)) < 1e-5 * norm(row), `${site}: ${dot(row, unit)}`);
  }
  const expected = before[sites[0]].map((row) => row.map((v, i) => v - dot(row, unit) * unit[i]));
  after[sites[0]].forEach((row, i) => expectClose(row, expected[i], { rtol: 1e-4, atol: 1e-5 }));
});

test('layer-wise ablation takes each layer its own direction', async () => {
  const model = await tinyModel();
  const own = [random(model.config.dModel, 4), random(model.config.dModel, 5)];
  const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;
  const hooks = ablateLayerwise(own, model.config);
  const rows = await capture(model.with({ hooks }), prompts, { sites, positions: 'promptLast' });
  sites.forEach((site, l) => {
    for (const row of rows[site]) {
      assert.ok(Math.abs(dot(row, toUnit(own[l]))) < 1e-5 * norm(row));
      assert.ok(Math.abs(dot(row, toUnit(own[1 - l]))) > 1e-3 * norm(row));
    }
  });
});

test('hooks are values: generation with them leaks nothing and leaves the model as it was', async () => {
  const model = await tinyModel();
  const run = (hooks: Hooks): Promise<number[][]> =>
    continuations(model.with({ hooks }), prompts, { maxNewTokens: 4, eosIds: [] });
  const before = await run({});
  const hooks = mergeHooks(
    ablate(random(24, 6), model.config),
    steer(random(24, 7), { layers: [1], coeff: 20, positions: 'response' }),
  );
  await expectNoLeak(() => run(hooks));
  assert.deepEqual(await run({}), before);
  assert.notDeepEqual(await run(hooks), before);
});

test('misuse throws', async () => {
  const { config } = await tinyModel();
  assert.throws(() => steer([], { layers: [0], coeff: 1 }), /steer: vector is empty/);
  assert.throws(() => steer([1], { layers: [0, 0], coeff: 1 }), /steer: invalid layers/);
  assert.throws(() => steer([1], { layers: [0], coeff: NaN }), /steer: invalid coeff/);
  assert.throws(() => ablate([1, 2], config), /expected dModel=24, got 2/);
  assert.throws(() => ablate(new Float32Array(24), config), /no direction/);
  assert.throws(() => ablateLayerwise([random(24, 1)], config), /expected 2, got 1/);
});

test('a prepared hook makes its tensor once a call and frees it, and the numbers are those without', async () => {
  const model = await tinyModel();
  const merged = mergeHooks(
    ablate(random(24, 6), model.config),
    steer(random(24, 7), { layers: [0, 1], coeff: 5, positions: 'response' }),
  );
  const hooksOf = (): [string, HookFn][] =>
    Object.entries(merged).flatMap(([site, fns]) => [fns].flat().map((fn): [string, HookFn] => [site, fn as HookFn]));
  let [made, freed, calls] = [0, 0, 0];
  const held: number[] = [];
  const counted = new Map<HookFn, HookFn>();
  const count = (fn: HookFn): HookFn => {
    const known = counted.get(fn);
    if (known !== undefined) return known;
    const hook: HookFn = () => assert.fail('called although it can be prepared');
    hook.prepare = () => {
      const before = tf.memory().numTensors;
      const bound = fn.prepare!();
      held.push(tf.memory().numTensors - before);
      made++;
      return {
        hook: (x, at) => {
          calls++;
          return bound.hook(x, at);
        },
        dispose: () => {
          freed++;
          bound.dispose();
        },
      };
    };
    counted.set(fn, hook);
    return hook;
  };
  const bySite = (wrap: (fn: HookFn) => HookFn): Hooks =>
    mergeHooks(...hooksOf().map(([site, fn]) => ({ [site]: wrap(fn) }) as Hooks));
  // The same hooks without a way to prepare them.
  const unprepared = model.with({ hooks: bySite((fn) => (x, at) => fn(x, at)) });
  const prepared = model.with({ hooks: bySite(count) });
  const different = new Set(hooksOf().map(([, fn]) => fn)).size;
  assert.ok(different < hooksOf().length, 'one hook is at several sites');

  const write = { maxNewTokens: 6, eosIds: [], batchSize: 1 };
  const look = { sites: ['logits'], positions: 'all', batchSize: 1 } as const;
  const expected = {
    tokens: await continuations(unprepared, prompts, write),
    logits: [...(await capture(unprepared, prompts, look)).logits],
  };
  assert.equal(made, 0);
  const tensors = tf.memory().numTensors;
  const check = (what: string): void => {
    assert.deepEqual([made, freed], [different, different], what);
    assert.deepEqual(held, new Array(different).fill(1), `${what}: one tensor each`);
    assert.ok(calls >= hooksOf().length * prompts.length, `${what}: ${calls} calls`);
    assert.equal(tf.memory().numTensors, tensors, `${what}: tensors left behind`);
    [made, freed, calls] = [0, 0, 0];
    held.length = 0;
  };
  assert.deepEqual(await continuations(prepared, prompts, write), expected.tokens);
  check('generate');
  assert.deepEqual([...(await capture(prepared, prompts, look)).logits], expected.logits);
  check('capture');

  const failing = prepared.with({
    hooks: {
      'blocks.1.hook_resid_post': () => {
        throw new Error('broken hook');
      },
    },
  });
  await assert.rejects(generate(failing, prompts, write), /broken hook/);
  assert.deepEqual([made, freed], [different, different], 'freed after an error too');
  await assert.rejects(capture(failing, prompts, look), /broken hook/);
  assert.equal(tf.memory().numTensors, tensors);
});
