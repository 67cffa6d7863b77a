import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { bf16ToFloat32 } from 'traitlab/kernels/bf16Tensor';
import { forward } from 'traitlab/model/forward';
import { hookSite, mergeHooks, type HookPoint, type HookSite, type Hooks } from 'traitlab/model/hookSite';
import { disposeCache, emptyCache, selectRows, type KvCache } from 'traitlab/model/kvCache';
import { mergeDeltas } from 'traitlab/lora/mergeDeltas';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { disposeDecoder, type Deltas, type Decoder } from 'traitlab/model/decoder';
import { rng } from 'traitlab/random/rng';
import { maxRelativeError } from '../helpers/expectClose';
import { capture, modelGolden } from '../helpers/modelGolden';

const names = [
  'llama/gqa-tied-llama3',
  'llama/mqa-biased-sharded',
  'families/mistral-window',
  'families/gemma2',
  'families/phi3-growing',
  'families/qwen3-window',
  'families/gemma3',
];
const models = new Map<string, Decoder>();
let llama: Decoder;
let tokens: tf.Tensor2D;

test.before(async () => {
  await initBackend();
  for (const name of names) models.set(name, await loadDecoder(projectPath('test/goldens', name)));
  llama = models.get(names[0])!;
  tokens = modelGolden(names[0]).tokens;
});
test.after(() => models.forEach(disposeDecoder));

const logitsOf = (model: Decoder, input: tf.Tensor, options: Parameters<typeof forward>[2] = {}): Float32Array => {
  const { logits } = forward(model, input, options);
  const values = logits!.dataSync<'float32'>().slice();
  logits!.dispose();
  return values;
};
const noise = (shape: number[], seed: number): tf.Tensor => {
  const r = rng(seed);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.1 * r.normal()),
    shape,
  );
};

for (const name of names) {
  test(`${name}: capturing every site changes no logit by a bit`, () => {
    const model = models.get(name)!;
    const golden = modelGolden(name);
    const seen = capture(model, golden.tokens, golden.sites);
    assert.deepEqual(seen.get('logits'), logitsOf(model, golden.tokens));
  });

  test(`${name}: a cached pass in pieces equals one pass, padded rows included`, () => {
    const model = models.get(name)!;
    const { nLayers } = model.config;
    const padding = [0, 3];
    const row = [5, 9, 3, 30, 22, 7, 8, 1, 14];
    const whole = tf.tensor2d([row, [0, 0, 0, ...row.slice(3)]], undefined, 'int32');
    const site = `blocks.${nLayers - 1}.hook_resid_post` as const;
    const expected = capture(model, whole, [site], { padding });
    let cache: KvCache = emptyCache;
    const pieces: { states: Float32Array; logits: Float32Array; from: number; to: number }[] = [];
    for (const [from, to] of [
      [0, 5],
      [5, 6],
      [6, 9],
    ]) {
      let states = new Float32Array();
      const { logits, cache: longer } = forward(model, tf.slice(whole, [0, from], [2, to - from]), {
        padding: from === 0 ? padding : undefined,
        cache,
        hooks: { [site]: (x: tf.Tensor) => void (states = x.dataSync<'float32'>().slice()) },
      });
      disposeCache(cache);
      cache = longer!;
      assert.equal(cache.length, to);
      pieces.push({ states, logits: logits!.dataSync<'float32'>().slice(), from, to });
    }
    for (const { states, logits, from, to } of pieces) {
      for (const [actual, all] of [
        [states, expected.get(site)!],
        [logits, expected.get('logits')!],
      ]) {
        const width = all.length / 18;
        for (let b = 0; b < 2; b++) {
          for (let p = Math.max(from, padding[b]); p < to; p++) {
            const at = (b * (to - from) + p - from) * width;
            const error = maxRelativeError(
              actual.subarray(at, at + width),
              all.subarray((b * 9 + p) * width, (b * 9 + p + 1) * width),
            );
            assert.ok(error < 1e-5, `row ${b}, position ${p}: ${error}`);
          }
        }
      }
    }
    disposeCache(cache);
  });
}

test('a later token does not change earlier logits', () => {
  const values = tokens.arraySync();
  const other = tf.tensor2d(
    values.map((row) => [...row.slice(0, -1), (row[8] + 1) % 40]),
    undefined,
    'int32',
  );
  const [a, b] = [logitsOf(llama, tokens), logitsOf(llama, other)];
  assert.deepEqual(a.subarray(0, 8 * 40), b.subarray(0, 8 * 40));
  assert.notDeepEqual(a.subarray(8 * 40, 9 * 40), b.subarray(8 * 40, 9 * 40));
});

for (const name of [names[0], 'families/phi3-growing', 'families/gemma3']) {
  test(`${name}: a replaced activation takes effect at every site`, () => {
    const model = models.get(name)!;
    const { sites, tokens } = modelGolden(name);
    const plain = logitsOf(model, tokens);
    for (const site of sites) {
      const replaced = logitsOf(model, tokens, { hooks: { [site]: (x: tf.Tensor) => tf.square(x) } });
      assert.ok(maxRelativeError(replaced, plain) > 1e-3, `${site}: nothing happened`);
      const same = logitsOf(model, tokens, { hooks: { [site]: (x: tf.Tensor) => x.clone() } });
      assert.ok(maxRelativeError(same, plain) < 1e-5, `${site}: an equal activation changes the result`);
    }
  });
}

test('a fused projection takes an adapter under its own name, and no other family takes one of that name', () => {
  const phi = models.get('families/phi3-growing')!;
  const { tokens: batch } = modelGolden('families/phi3-growing');
  const { dModel, dMlp, nHeads, nKvHeads, dHead } = phi.config;
  const at = 'model.layers.1';
  const shapes = { 'self_attn.qkv_proj': (nHeads + 2 * nKvHeads) * dHead, 'mlp.gate_up_proj': 2 * dMlp };
  const deltas: Deltas = Object.fromEntries(
    Object.entries(shapes).map(([module, dOut], i) => [
      `${at}.${module}.weight`,
      { a: noise([2, dModel], i), b: noise([dOut, 2], 9 + i), scale: 3 },
    ]),
  );
  const site = 'blocks.1.qkv_proj.lora.hook_scalar';
  const seen = capture(phi, batch, [site], { deltas });
  const params = mergeDeltas(phi.params, deltas);
  assert.ok(maxRelativeError(seen.get('logits')!, logitsOf(phi, batch, { params })) < 1e-5);
  assert.ok(maxRelativeError(seen.get('logits')!, logitsOf(phi, batch)) > 1e-3);
  assert.equal(seen.get(site)!.length, 2 * 9 * 2);
  const delta = { a: noise([2, 16], 3), b: noise([16, 2], 4), scale: 1 };
  const separate: Deltas = { [`${at}.self_attn.q_proj.weight`]: delta };
  assert.throws(
    () => forward(phi, batch, { deltas: separate }),
    /forward: deltas of .*q_proj\.weight; expected names of/,
  );
  assert.throws(
    () => forward(llama, tokens, { deltas }),
    /forward: deltas of .*qkv_proj\.weight, .*gate_up_proj\.weight; expected names of/,
  );
  tf.dispose(Object.values(params));
});

test('a cache may not cross the original context of longrope, whichever row does', async () => {
  const phi = await loadDecoder(projectPath('test/goldens/families/phi3-longrope')); // turns otherwise from 7 tokens on
  const row = [5, 9, 3, 30, 22, 7, 8, 1, 4];
  const rows = tf.tensor2d([row, [0, 0, ...row.slice(2)]], undefined, 'int32');
  const run = (from: number, to: number, cache: KvCache): KvCache => {
    const { logits, cache: longer } = forward(phi, tf.slice(rows, [0, from], [2, to - from]), {
      padding: [0, 2],
      cache,
    });
    logits!.dispose();
    return longer!;
  };
  const refused =
    /forward: the cache and these tokens lie on different sides of longrope's original context; expected a run without/;
  const five = run(0, 5, emptyCache);
  const six = run(5, 6, five);
  assert.throws(() => run(5, 7, five), refused);
  assert.throws(() => run(6, 7, six), refused);
  const seven = run(0, 7, emptyCache); // the first row is long, the second has five tokens
  const eight = run(7, 8, seven);
  assert.throws(() => run(8, 9, eight), refused, 'the second row');
  [five, six, seven, eight].forEach(disposeCache);
  disposeDecoder(phi);
});

test('a hook knows its site, layer, offset and padding; hooks of one site run in order', () => {
  const points: HookPoint[] = [];
  const order: string[] = [];
  const first: Hooks = { 'blocks.1.hook_resid_post': (x, at) => (points.push(at), order.push('a'), tf.mul(x, 2)) };
  const second: Hooks = {
    'blocks.1.hook_resid_post': (x) => void order.push(`b ${x.shape.join()}`),
    hook_embed: (_, at) => void points.push(at),
  };
  logitsOf(llama, tokens, { padding: [0, 2], hooks: mergeHooks(first, second) });
  assert.deepEqual(order, ['a', 'b 2,9,24']);
  assert.deepEqual(points, [
    { site: 'hook_embed', layer: undefined, offset: 0, padding: [0, 2], rows: [0, 1], samples: 2 },
    { site: 'blocks.1.hook_resid_post', layer: 1, offset: 0, padding: [0, 2], rows: [0, 1], samples: 2 },
  ]);
});

test('hooks fire whatever is unembedded, and blocks after the last hook are not run for nothing', () => {
  const seen: string[] = [];
  const note = (x: tf.Tensor, at: HookPoint): void => void seen.push(`${at.site} ${x.shape[1]}`);
  for (const unembed of ['all', 'last', 'none'] as const) {
    const { logits } = forward(llama, tokens, { unembed, hooks: { 'ln_final.hook_normalized': note } });
    assert.deepEqual(logits?.shape, { all: [2, 9, 40], last: [2, 1, 40], none: undefined }[unembed]);
  }
  assert.deepEqual(seen, Array(3).fill('ln_final.hook_normalized 9'));
  const onlyFirst = {
    config: llama.config,
    params: Object.fromEntries(Object.entries(llama.params).filter(([n]) => !n.includes('layers.1.'))),
  };
  assert.equal(
    forward(onlyFirst, tokens, { unembed: 'none', hooks: { 'blocks.0.hook_resid_post': note } }).logits,
    undefined,
  );
  assert.equal(seen.length, 4);
  assert.throws(
    () => forward(onlyFirst, tokens, { unembed: 'none', hooks: { 'blocks.1.hook_resid_pre': note } }),
    /forward: missing weight model\.layers\.1/,
  );
});

test('the last logits alone are the last of all logits', () => {
  const all = logitsOf(llama, tokens);
  const last = logitsOf(llama, tokens, { unembed: 'last' });
  assert.ok(maxRelativeError(last.subarray(0, 40), all.subarray(8 * 40, 9 * 40)) < 1e-6);
  assert.ok(maxRelativeError(last.subarray(40), all.subarray(17 * 40)) < 1e-6);
});

test('a delta acts as the same change of the weight, and its scalar is A·x', () => {
  const key = 'model.layers.1.mlp.down_proj.weight';
  const deltas: Deltas = { [key]: { a: noise([2, 40], 1), b: noise([24, 2], 2), scale: 3 } };
  const weight = forwardWeight(key);
  const merged = tf.add(weight, tf.mul(tf.matMul(deltas[key].b as tf.Tensor2D, deltas[key].a as tf.Tensor2D), 3));
  const seen = capture(llama, tokens, ['blocks.1.down_proj.lora.hook_scalar', 'blocks.1.mlp.hook_post'], { deltas });
  const expected = logitsOf(llama, tokens, { params: { [key]: merged } });
  assert.ok(maxRelativeError(seen.get('logits')!, expected) < 1e-5);
  assert.ok(maxRelativeError(expected, logitsOf(llama, tokens)) > 1e-3);
  const post = tf.tensor2d(seen.get('blocks.1.mlp.hook_post')!, [18, 40]);
  const scalar = tf.matMul(post, deltas[key].a as tf.Tensor2D, false, true).dataSync<'float32'>();
  assert.ok(maxRelativeError(seen.get('blocks.1.down_proj.lora.hook_scalar')!, scalar) < 1e-5);
  const zeroB: Deltas = { [key]: { ...deltas[key], b: tf.zeros([24, 2]) } };
  assert.deepEqual(logitsOf(llama, tokens, { deltas: zeroB }), logitsOf(llama, tokens));
});

function forwardWeight(key: string): tf.Tensor {
  const weight = llama.params[key];
  return 'packed' in weight ? tf.tidy(() => tf.add(0, bf16ToFloat32(weight))) : weight;
}

test('gradients reach deltas, also over frozen bfloat16 weights', () => {
  const key = 'model.layers.0.self_attn.q_proj.weight';
  const [a, b] = [noise([2, 24], 3), noise([24, 2], 4)];
  const loss = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => {
    const { logits } = forward(llama, tokens, { deltas: { [key]: { a, b, scale: 2 } } });
    return tf.mean(tf.square(logits!)) as tf.Scalar;
  };
  const before = tf.memory().numTensors;
  const { value, grads } = tf.valueAndGrads(loss as (...x: tf.Tensor[]) => tf.Scalar)([a, b]);
  assert.equal(tf.memory().numTensors, before + 3);
  const step = 1e-2;
  const direction = noise([2, 24], 5);
  const at = (s: number): number => loss(tf.add(a, tf.mul(direction, s)), b).dataSync()[0];
  const slope = (at(step) - at(-step)) / (2 * step);
  const predicted = tf.sum(tf.mul(grads[0], direction)).dataSync()[0];
  assert.ok(
    Math.abs(slope - predicted) < 2e-2 * Math.abs(predicted) + 1e-4,
    `slope ${slope}, gradient ${predicted}, loss ${value.dataSync()[0]}`,
  );
});

test('forward leaks nothing, with hooks, cache, deltas and errors', () => {
  const key = 'model.layers.0.self_attn.q_proj.weight';
  const deltas: Deltas = { [key]: { a: noise([2, 24], 3), b: noise([24, 2], 4), scale: 2 } };
  const constant = noise([2, 9, 24], 8);
  const before = tf.memory().numTensors;
  const { logits, cache } = forward(llama, tokens, {
    deltas,
    padding: [1, 0],
    cache: emptyCache,
    hooks: { 'blocks.0.hook_resid_post': () => constant, 'blocks.1.attn.hook_pattern': (x) => tf.mul(x, 0.9) },
  });
  assert.equal(tf.memory().numTensors, before + 1 + 2 * llama.config.nLayers);
  const half = selectRows(cache!, [1]);
  assert.deepEqual(half.padding, [0]);
  disposeCache(half);
  disposeCache(cache!);
  logits!.dispose();
  assert.throws(() =>
    forward(llama, tokens, {
      hooks: {
        'blocks.1.mlp.hook_post': () => {
          throw new Error('stop');
        },
      },
    }),
  );
  assert.equal(tf.memory().numTensors, before);
  assert.ok(!constant.isDisposed, "a hook's own tensor stays the hook's");
});

test('misuse is refused before anything is computed', () => {
  const bad = (options: Parameters<typeof forward>[2], message: RegExp, input: tf.Tensor = tokens): void =>
    assert.throws(() => forward(llama, input, options), message);
  const hook = (site: string): Parameters<typeof forward>[2] => ({ hooks: { [site as HookSite]: () => undefined } });
  const a = tf.zeros([1, 24]);
  const b = tf.zeros([24, 1]);
  bad({}, /forward: tokens have the wrong type; expected int32 \[batch pos\], got float32 \[2 9\]/, tf.zeros([2, 9]));
  bad({}, /expected int32 \[batch pos\], got int32 \[9\]/, tf.zeros([9], 'int32'));
  bad({}, /embed: tokens out of range at index 0; expected an id in \[0, 39\], got 40/, tf.fill([1, 2], 40, 'int32'));
  bad({ padding: [1] }, /forward: invalid padding; expected 2 integers in \[0, 8\], got \[1\]/);
  bad({ padding: [0, 9] }, /forward: invalid padding/);
  bad(
    hook('blocks.1.hook_reside_post'),
    /hookSite: unknown site blocks\.1\.hook_reside_post; expected blocks\.\{layer\}\. followed by one of/,
  );
  bad(hook('blocks.2.hook_resid_post'), /hookSite: no layer 2 in blocks\.2\.hook_resid_post; expected 0 to 1/);
  bad(hook('logits'), /hookSite: unknown site logits; expected hook_embed, ln_final\.hook_normalized or/);
  bad(
    hook('blocks.0.q_proj.lora.hook_scalar'),
    /hook at blocks\.0\.q_proj\.lora\.hook_scalar but no adapter there; expected a delta of model/,
  );
  bad(
    { hooks: { hook_embed: () => tf.zeros([1]) } },
    /forward: hook at hook_embed returned another shape; expected \[2 9 24\], got \[1\]/,
  );
  bad(
    { deltas: { 'lm_head.weight': { a, b, scale: 1 } } },
    /forward: deltas of lm_head\.weight; expected names of linear weights/,
  );
  bad({ deltas: { 'model.layers.0.mlp.down_proj.weight': { a, b, scale: 1 } } }, /matMul: inner sizes differ/);
  bad({ params: { 'model.norm': a } }, /forward: unknown params model\.norm; expected names of the model's weights/);
  const { cache, logits } = forward(llama, tokens, { padding: [0, 2], cache: emptyCache });
  bad({ cache, padding: [0, 1] }, /forward: padding differs from the cache's; expected \[0 2\], got \[0 1\]/);
  disposeCache(cache!);
  logits!.dispose();
  assert.equal(hookSite('blocks.0.attn.hook_z', 2), 'blocks.0.attn.hook_z');
});
