import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeDecoder, type Decoder } from 'traitlab/model/decoder';
import { forward, type ForwardOptions } from 'traitlab/model/forward';
import { blockSites, modelSites, type Hooks, type HookSite } from 'traitlab/model/hookSite';
import { disposeCache, emptyCache } from 'traitlab/model/kvCache';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { packPrefixes } from 'traitlab/model/packPrefixes';
import { maxRelativeError } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';

const names = [
  'llama/gqa-tied-llama3',
  'llama/mqa-biased-sharded',
  'families/mistral-window',
  'families/gemma2',
  'families/gemma3',
  'families/qwen3-window',
  'families/phi3-longrope',
];
const models = new Map<string, Decoder>();

test.before(async () => {
  await initBackend();
  for (const name of names) models.set(name, await loadDecoder(projectPath('test/goldens', name)));
});
test.after(() => models.forEach(disposeDecoder));

// Rows 0, 1, 4 begin alike; row 3 is row 0 again; row 2 is short and another text.
const rows = [
  [0, 0, 1, 5, 6, 7],
  [1, 5, 6, 7, 8, 9],
  [0, 0, 0, 0, 0, 9],
  [0, 0, 1, 5, 6, 7],
  [0, 1, 5, 6, 4, 3],
];
const padding = [2, 0, 5, 2, 1];
const batch = (): tf.Tensor => tf.tensor2d(rows, undefined, 'int32');
// A row's products differ in the last bit with its place in a tile, where a bias or a second panel is added.
const expectSame = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
  const error = maxRelativeError(actual, expected);
  assert.ok(error < 1e-5, `${what}: error ${error}`);
};

/** Every site, and the logits, at real places; `[batch pos]` counts. */
function seen(model: Decoder, sites: readonly HookSite[], options: ForwardOptions): Map<string, number[]> {
  const found = new Map<string, number[]>();
  const keep = (site: string, x: tf.Tensor): void => {
    const values = x.dataSync();
    if (site.endsWith('hook_pattern')) return void found.set(site, [...values]);
    const [b, pos] = x.shape;
    const d = values.length / (b * pos);
    const isReal = (i: number): boolean => pos === 1 || Math.floor(i / d) % pos >= padding[Math.floor(i / (d * pos))];
    found.set(
      site,
      [...values].filter((_, i) => isReal(i)),
    );
  };
  tf.tidy(() => {
    const hooks = Object.fromEntries(sites.map((site) => [site, (x: tf.Tensor) => keep(site, x)])) as Hooks;
    const { logits } = forward(model, batch(), { padding, hooks, ...options });
    if (logits !== undefined) keep('logits', logits);
  });
  return found;
}

function allSites({ config }: Decoder): HookSite[] {
  const blocks = Array.from({ length: config.nLayers }, (_, i) =>
    blockSites.map((site) => `blocks.${i}.${site}` as const),
  );
  return [...modelSites, ...blocks.flat()];
}

test('each beginning is computed once and padding is not', () => {
  const packing = packPrefixes(models.get(names[0])!, rows, padding)!;
  assert.deepEqual([...packing.tokens], [1, 5, 6, 7, 8, 9, 9, 4, 3]);
  assert.deepEqual([...packing.places], [2, 3, 4, 5, 10, 11, 17, 28, 29]);
  const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((row) => [...packing.same.slice(row * 6, row * 6 + 6)]);
  assert.deepEqual(
    [a, b, c, d, e],
    [
      [0, 0, 0, 1, 2, 3],
      [0, 1, 2, 3, 4, 5],
      [0, 0, 0, 0, 0, 6],
      [0, 0, 0, 1, 2, 3],
      [0, 0, 1, 2, 7, 8],
    ],
  );
});

test('a batch that shares little is not packed', () => {
  const { config } = models.get(names[0])!;
  assert.equal(packPrefixes({ config }, [[1, 2, 3, 4, 5, 6, 7]], [0]), undefined);
  assert.equal(
    packPrefixes(
      { config },
      [
        [1, 2, 3, 4, 5, 6],
        [2, 2, 3, 4, 5, 6],
      ],
      [0, 0],
    ),
    undefined,
  );
});

test('rows that longrope turns by other angles share nothing', () => {
  const { config } = models.get('families/phi3-longrope')!;
  assert.ok(config.ropeScaling?.kind === 'longrope');
  const long = config.ropeScaling.originalContext + 2;
  const text = Array.from({ length: long }, (_, i) => 1 + (i % 7));
  const short = [...new Array<number>(long - 4).fill(0), ...text.slice(0, 4)];
  const packing = packPrefixes({ config }, [text, short, short], [0, long - 4, long - 4])!;
  assert.equal(packing.places.length, long + 4);
  assert.equal(packPrefixes({ config }, [text, text], [0, 0])!.places.length, long);
});

for (const name of names) {
  test(`${name}: hooks and logits see the same with packing and without`, () => {
    const model = models.get(name)!;
    const packing = packPrefixes(model, rows, padding);
    assert.ok(packing !== undefined);
    const whole = seen(model, allSites(model), {});
    const packed = seen(model, allSites(model), { packing });
    assert.deepEqual([...packed.keys()].sort(), [...whole.keys()].sort());
    for (const [site, values] of whole) expectSame(packed.get(site)!, values, site);
  });

  test(`${name}: only the last position after the deepest attention`, () => {
    const model = models.get(name)!;
    const { nLayers } = model.config;
    const packing = packPrefixes(model, rows, padding);
    for (let layer = 0; layer < nLayers; layer++) {
      const sites = [`blocks.${layer}.hook_resid_pre`, `blocks.${layer}.hook_resid_post`] as const;
      const whole = seen(model, sites, { unembed: 'none' });
      const ends: ForwardOptions = { unembed: 'none', lastOnly: true };
      const d = model.config.dModel;
      const real = whole.get(sites[1])!;
      let at = 0;
      const last = padding.flatMap((pad) => real.slice((at += (6 - pad) * d) - d, at));
      for (const options of [ends, { ...ends, packing }]) {
        const narrow = seen(model, sites, options);
        expectSame(narrow.get(sites[0])!, whole.get(sites[0])!, sites[0]);
        expectSame(narrow.get(sites[1])!, last, sites[1]);
      }
    }
  });

  if (name === 'families/phi3-longrope') continue; // its rows reach the original context: no cache goes past it
  test(`${name}: a cache begun with packing goes on as one without`, () => {
    const model = models.get(name)!;
    const next = tf.tensor2d([[3], [4], [5], [6], [7]], undefined, 'int32');
    const tokens = batch();
    const steps = [undefined, packPrefixes(model, rows, padding)].map((packing) => {
      const first = forward(model, tokens, { padding, cache: emptyCache, packing, unembed: 'last' });
      const second = forward(model, next, { padding, cache: first.cache, unembed: 'last' });
      const values = [first, second].map(({ logits }) => logits!.dataSync().slice());
      [first, second].forEach(({ logits, cache }) => (logits!.dispose(), disposeCache(cache!)));
      return values;
    });
    tf.dispose([next, tokens]);
    steps[0].forEach((values, i) => expectSame(steps[1][i], values, `step ${i}`));
  });
}

test('a model with hooks is not packed', () => {
  const { config } = models.get(names[0])!;
  assert.equal(
    packPrefixes({ config, hooks: { 'blocks.0.hook_resid_post': () => undefined } }, rows, padding),
    undefined,
  );
});

test('what a hook puts in place reaches every row', () => {
  const model = models.get('families/gemma2')!;
  const packing = packPrefixes(model, rows, padding);
  const hooks: Hooks = {
    'blocks.0.hook_resid_post': (x) => tf.add(x, 1),
    'blocks.1.attn.hook_pattern': (x) => tf.mul(x, 0.5),
  };
  const logits = (options: ForwardOptions): number[] => seen(model, [], { hooks, ...options }).get('logits')!;
  expectSame(logits({ packing }), logits({}), 'logits');
});

test('a hook after the last attention sees every position, though only the last gets logits', () => {
  const model = models.get(names[0])!;
  const site = `blocks.${model.config.nLayers - 1}.mlp.hook_post` as const;
  const whole = seen(model, [site], { unembed: 'all' });
  assert.equal(seen(model, [site], { unembed: 'last' }).get(site)!.length, whole.get(site)!.length);
});

test('packing is refused where it does not fit, and nothing leaks', async () => {
  const model = models.get(names[0])!;
  const packing = packPrefixes(model, rows, padding)!;
  const few = tf.tensor2d([[1, 2]], undefined, 'int32');
  const { cache } = forward(model, few, { cache: emptyCache, unembed: 'none' });
  assert.throws(() => forward(model, few, { packing }), /packing of another batch; expected 2 places, got 30/);
  assert.throws(
    () => forward(model, few, { cache, packing }),
    /packing of tokens after 2 in a cache; expected an empty cache/,
  );
  assert.throws(() => forward(model, few, { lastOnly: true }), /lastOnly with logits of other positions/);
  disposeCache(cache!);
  few.dispose();
  await expectNoLeak(() => void seen(model, allSites(model), { packing }));
});
