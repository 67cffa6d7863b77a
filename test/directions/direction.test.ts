import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { checkVector } from 'traitlab/directions/checkVector';
import { driftVector } from 'traitlab/directions/driftVector';
import { randomVector } from 'traitlab/directions/randomVector';
import { responseDifference } from 'traitlab/directions/responseDifference';
import { Direction } from 'traitlab/directions/direction';
import { traitDirections } from 'traitlab/directions/traitDirections';
import { loadVector, saveVector, type StorableVector } from 'traitlab/directions/vectorFile';
import { writeSafetensors } from 'traitlab/formats/safetensors';
import { projectPath } from 'traitlab/disk/projectPath';
import type { Deltas } from 'traitlab/model/decoder';
import type { Model } from 'traitlab/subject/model';
import { restoreRng, rng, type RngState } from 'traitlab/random/rng';
import { loadTokenizer, type Tokenizer } from 'traitlab/tokenizer/tokenizer';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

const file = join(temporaryFolder(), 'v.safetensors');
const site = 'blocks.1.hook_resid_post';
const sites = [site] as const;
const templateHash = 'a'.repeat(64);
const samples = [
  { tokens: [1, 5, 6, 7], responseMask: [false, false, true, true] },
  { tokens: [1, 9, 3], responseMask: [false, true, true] },
];

let model: Model;
test.before(async () => (model = await tinyModel()));

/** Saves, loads and checks a vector. */
function through(stored: StorableVector): StorableVector {
  saveVector(file, stored);
  const read = loadVector(file, model.config.dModel);
  checkVector(read, file, model, { templateHash });
  return { vector: read.vector, site: read.site, kind: read.kind, metadata: read.metadata };
}

/** A finetune of the tiny model. */
const finetune = (): Deltas => ({
  'model.layers.0.mlp.down_proj.weight': { a: tf.ones([1, model.config.dMlp]), b: tf.ones([24, 1]), scale: 0.1 },
});

test('every builder says where its vectors come from, and their files say it again', async () => {
  let questions = 0;
  const tokenizer = { encodeChat: (): number[] => [1, 7, 8, 9 + (questions++ % 20)], templateHash };
  const asked = model.with({ tokenizer: tokenizer as unknown as Tokenizer });
  const deltas = finetune();
  const drift = await driftVector(asked, asked.with({ deltas }), [{ id: 'q', text: 'q' }], { sites });
  const common = { modelHash: model.hash, layerRule: 'given', templateHash };
  assert.deepEqual(through(drift[site]), {
    vector: Float32Array.from(drift[site]),
    site,
    kind: 'drift',
    metadata: { ...common, pooling: 'promptLast' },
  });
  assert.equal(through(drift[site].about({ layerRule: 'largest norm' })).metadata.layerRule, 'largest norm');

  const options = { sites, templateHash };
  const tuned = model.with({ deltas });
  const token = await responseDifference(tuned, samples.slice(0, 1), samples.slice(1), {
    ...options,
    weighting: 'token',
  });
  const answer = await responseDifference(tuned, samples.slice(0, 1), samples.slice(1), {
    ...options,
    weighting: 'answer',
  });
  for (const [vector, kind, weighting] of [
    [token[site], 'meanDifference', 'token'],
    [answer[site], 'persona', 'answer'],
  ] as const) {
    const { vector: _, ...rest } = through(vector);
    assert.deepEqual(rest, { site, kind, metadata: { ...common, pooling: 'responseMean', weighting } });
  }

  const traits = [{ trait: 'honesty', positive: ['a'], negative: ['b'] }];
  const [direction] = (await traitDirections(asked, traits, ['q', 'r'], { sites }))[site];
  assert.deepEqual(through(direction.about({ layerRule: 'middle' })), {
    vector: Float32Array.from(direction),
    site,
    kind: 'trait',
    metadata: { ...common, layerRule: 'middle', pooling: 'promptLast', trait: 'honesty' },
  });

  const random = rng(4);
  random.normal();
  const control = randomVector(drift[site], random);
  const read = through(control);
  assert.equal(read.kind, 'random');
  const { randomState, ...rest } = read.metadata;
  assert.deepEqual(rest, { ...common, pooling: 'promptLast', like: 'drift' });
  const again = randomVector(drift[site], restoreRng(JSON.parse(randomState) as RngState));
  assert.deepEqual([...again], [...control], 'its file draws it again');
  assert.ok(!(randomVector([3, 4], rng(1)) instanceof Direction), 'of plain numbers nothing is known');
});

test('what is not known is left out: a model without a hash, prompts without a template', async () => {
  const { config, params } = model;
  const drift = await driftVector({ config, params }, { config, params, deltas: finetune() }, [[1, 5, 6]], { sites });
  assert.deepEqual(drift[site].metadata, { layerRule: 'given', pooling: 'promptLast' });
});

test('it computes like an array, and what is computed from it is another vector', () => {
  let asked = 0;
  const vector = new Direction([1, -2, 3], {
    site,
    kind: 'drift',
    scale: 'raw',
    facts: () => ({ asked: String(++asked) }),
  });
  const doubled = vector.map((x) => 2 * x);
  assert.deepEqual([...doubled], [2, -4, 6]);
  for (const other of [doubled, vector.slice(1), vector.filter((x) => x > 0), vector.subarray(1)])
    assert.equal(Object.getPrototypeOf(other), Float64Array.prototype);
  assert.equal(asked, 0, 'nothing is hashed before it is needed');
  assert.deepEqual(vector.metadata, { asked: '1' });
});

test('a vector of another model or another chat template is refused, unless that is allowed by name', () => {
  const vector = new Float32Array(24).fill(1);
  const of = (metadata: Record<string, string>): StorableVector => ({ vector, site, kind: 'drift', metadata });
  const both = of({ modelHash: 'b'.repeat(64), templateHash: 'c'.repeat(64) });
  const template = /made with another chat template; expected templateHash a{64}, got c{64}/;
  const other = /made with another model; expected modelHash [0-9a-f]{64}, got b{64}/;
  const check = (allowOther?: readonly ('model' | 'template')[]) => (): void =>
    checkVector(both, 'v.safetensors', model, { templateHash, allowOther });
  assert.throws(check(), new RegExp(`^Error: checkVector: v\\.safetensors: ${other.source}; ${template.source}$`));
  assert.throws(check(['model']), (error: Error) => template.test(error.message) && !other.test(error.message));
  assert.throws(check(['template']), (error: Error) => other.test(error.message) && !template.test(error.message));
  check(['model', 'template'])();
  checkVector(of({ modelHash: model.hash, templateHash: 'c' }), 'v', model); // no template is in use
  assert.throws(
    () => checkVector({ ...both, vector: new Float32Array(3) }, 'v', model, { allowOther: ['model', 'template'] }),
    /vector has 3 values; expected dModel=24/,
  );
});

test('an unknown pooling is neither written nor read', () => {
  const stored = { vector: Float32Array.of(1), site, kind: 'drift', metadata: { pooling: 'last' } } as const;
  const message = /v\.safetensors: unknown pooling last; expected one of all, promptLast, promptMean, responseMean$/;
  assert.throws(() => saveVector(file, stored), message);
  saveVector(file, { ...stored, metadata: { pooling: 'promptLast' } });

  const tensor = { name: 'vector', dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const;
  writeSafetensors(file, [tensor], { site, kind: 'drift', pooling: 'last' });
  assert.throws(() => loadVector(file), message);
});

test("a tokenizer's templateHash is that of the template's text, wherever it lies", () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const folder = (name: string): string => projectPath('test/goldens/tokenizer', name);
  const inFile = readFileSync(join(folder('no-system'), 'chat_template.jinja'), 'utf8');
  assert.equal(loadTokenizer(folder('no-system')).templateHash, sha256(inFile));
  const config = JSON.parse(readFileSync(join(folder('headers'), 'tokenizer_config.json'), 'utf8')) as {
    chat_template: string;
  };
  assert.equal(loadTokenizer(folder('headers')).templateHash, sha256(config.chat_template));
});
