import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { capture } from 'traitlab/activations/capture';
import { contrast } from 'traitlab/directions/contrast';
import { driftVector } from 'traitlab/directions/driftVector';
import { randomVector } from 'traitlab/directions/randomVector';
import { responseDifference } from 'traitlab/directions/responseDifference';
import { traitDirections, traitStability } from 'traitlab/directions/traitDirections';
import { loadVector, saveVector } from 'traitlab/directions/vectorFile';
import { rng } from 'traitlab/random/rng';
import { cosine } from 'traitlab/stats/cosine';
import { norm } from 'traitlab/stats/dot';
import { meanRows } from 'traitlab/stats/meanRows';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { tinyModel } from '../helpers/tinyModel';

const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;
const near = { rtol: 1e-4, atol: 1e-6 };

/** Letters to ids, turns ended by 2: enough of a tokenizer for a model of 40 words. */
const tokenizer = {
  encodeChat: (messages: readonly Message[]): number[] => [
    1,
    ...messages.flatMap(({ content }) => [...[...content].map((c) => c.charCodeAt(0) - 90), 2]),
  ],
};
const traits = [
  { trait: 'honesty', positive: ['abc', 'abd'], negative: ['xyz'] },
  { trait: 'confidence', positive: ['mm'], negative: ['nn', 'no', 'np'] },
];
const questions = ['hi', 'who', 'why', 'k'];

test('a trait direction is the unit difference of the means over all pairs of prompt and question', async () => {
  const model = await tinyModel();
  const made = await expectNoLeak(() => traitDirections(model, tokenizer, traits, questions, { sites }));
  const rowsOf = async (systems: string[]): Promise<Float32Array[]> => {
    const prompts = systems.flatMap((s) =>
      questions.map((q) =>
        tokenizer.encodeChat([
          { role: 'system', content: s },
          { role: 'user', content: q },
        ]),
      ),
    );
    return (await capture(model, prompts, { sites: [sites[1]], positions: 'promptLast' }))[sites[1]];
  };
  for (const [k, { trait, positive, negative }] of traits.entries()) {
    const raw = contrast(await rowsOf(positive), await rowsOf(negative));
    const got = made[sites[1]][k];
    assert.equal(got.trait, trait);
    expectClose([got.rawNorm], [norm(raw)], near);
    expectClose(
      got.direction,
      raw.map((v) => v / norm(raw)),
      { rtol: 1e-3, atol: 1e-5 },
    );
    assert.equal(got.positive.length, questions.length);
  }
});

test('split-half stability takes halves of the questions', async () => {
  const model = await tinyModel();
  const made = await traitDirections(model, tokenizer, traits, questions, { sites: [sites[0]] });
  const { cosines, mean } = traitStability(made[sites[0]][0], { rng: rng(1), nSplits: 20 });
  assert.equal(cosines.length, 20);
  assert.ok(mean > 0.2 && mean <= 1, `${mean}`);
  const { positive, negative } = made[sites[0]][0];
  const pick = (rows: readonly Float64Array[], ids: number[]): Float64Array[] => ids.map((i) => rows[i]);
  const halves = [
    [
      [0, 1],
      [2, 3],
    ],
    [
      [0, 2],
      [1, 3],
    ],
    [
      [0, 3],
      [1, 2],
    ],
  ].map(([a, b]) =>
    cosine(contrast(pick(positive, a), pick(negative, a)), contrast(pick(positive, b), pick(negative, b))),
  );
  assert.ok(
    cosines.every((c) => halves.some((h) => Math.abs(h - c) < 1e-12)),
    'every split is one of the three there are',
  );
});

test('token and answer weighting differ as long answers do', async () => {
  const model = await tinyModel();
  const sample = (tokens: number[], from: number): { tokens: number[]; responseMask: boolean[] } => ({
    tokens,
    responseMask: tokens.map((_, i) => i >= from),
  });
  const positive = [sample([1, 5, 6, 7, 8, 9, 10], 2), sample([1, 4, 20], 2)];
  const negative = [sample([1, 5, 11, 12], 2)];
  const all = (await capture(model, positive, { sites: [sites[1]], positions: 'responseMean' }))[sites[1]];
  const minus = (await capture(model, negative, { sites: [sites[1]], positions: 'responseMean' }))[sites[1]][0];
  const token = await responseDifference(model, positive, negative, { sites: [sites[1]], weighting: 'token' });
  const answer = await responseDifference(model, positive, negative, { sites: [sites[1]], weighting: 'answer' });
  expectClose(
    token[sites[1]],
    meanRows(all, [5, 1]).map((v, i) => v - minus[i]),
    near,
    'token',
  );
  expectClose(
    answer[sites[1]],
    meanRows(all).map((v, i) => v - minus[i]),
    near,
    'answer',
  );
  await assert.rejects(responseDifference(model, [], negative, { sites, weighting: 'token' }), /a side is empty/);
});

test('the drift direction is tuned minus base on the same prompts', async () => {
  const model = await tinyModel();
  const prompts = [
    [1, 5, 6],
    [1, 9, 10, 11],
  ];
  const name = 'model.layers.1.self_attn.q_proj.weight';
  const [dOut, dIn] = (model.params[name] as tf.Tensor).shape;
  const deltas = { [name]: { a: tf.randomNormal([2, dIn!]), b: tf.randomNormal([dOut!, 2]), scale: 3 } };
  const drift = await expectNoLeak(() => driftVector(model, { deltas }, prompts, { sites }));
  const base = await capture(model, prompts, { sites, positions: 'promptLast' });
  const tuned = await capture(model, prompts, { sites, positions: 'promptLast', deltas });
  expectClose(drift[sites[1]], contrast(tuned[sites[1]], base[sites[1]]), near);
  assert.ok(norm(drift[sites[1]]) > 1e-3 && norm(drift[sites[0]]) < 1e-5, 'only the layer after the change moves');
  await assert.rejects(driftVector(model, {}, prompts, { sites }), /tuning changes nothing/);
});

test('a random vector has the norm it was asked for and no direction of its own', () => {
  const like = Float64Array.from({ length: 400 }, (_, i) => i / 100);
  const many = Array.from({ length: 200 }, (_, s) => randomVector(like, rng(s)));
  for (const v of many) assert.ok(Math.abs(norm(v) / norm(like) - 1) < 1e-12);
  const mean = many.reduce((sum, v) => sum + cosine(v, like), 0) / many.length;
  assert.ok(Math.abs(mean) < 0.015, `mean cosine ${mean}, expected 0 ± 0.0035`);
  assert.throws(() => randomVector([0, 0], rng(1)), /no length/);
});

test('a vector survives its file, and a bad file is named with all its problems', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'traitlab-'));
  try {
    const file = path.join(folder, 'v.safetensors');
    const stored = {
      vector: Float32Array.of(1, -2.5, 3e-9),
      site: sites[0],
      kind: 'drift',
      metadata: { modelHash: 'abc' },
    };
    saveVector(file, stored);
    assert.deepEqual(loadVector(file, 3), stored);
    assert.throws(
      () => loadVector(file, 24),
      /v\.safetensors: vector has the wrong type, expected F32 \[24\], got F32 \[3\]/,
    );
    assert.throws(() => saveVector(file, { ...stored, vector: Float32Array.of(NaN) }), /empty or not finite/);
    assert.throws(() => loadVector(path.join(folder, 'none.safetensors')), /none\.safetensors/);
    writeFileSync(file, readFileSync(file).subarray(0, 20));
    assert.throws(() => loadVector(file), /v\.safetensors/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
