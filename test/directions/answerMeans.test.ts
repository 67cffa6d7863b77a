import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { answerMeans } from 'traitlab/directions/answerMeans';
import { answerPart } from 'traitlab/directions/answerPart';
import { meanDifference } from 'traitlab/directions/meanDifference';
import { progressBasis } from 'traitlab/directions/progressBasis';
import { responseDifference } from 'traitlab/directions/responseDifference';
import { capture } from 'traitlab/subject/capture';
import { loadModel } from 'traitlab/subject/loadModel';
import { writeChatModel } from '../helpers/chatModel';
import { errorOfLargest } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { golden } from '../helpers/golden';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

interface Golden {
  samples: { tokens: number[]; promptLength: number }[];
  sides: { positive: number[]; negative: number[] };
  differences: Record<'token' | 'answer', number[][]>;
  progress: number[][];
}
const g = golden<Golden>('directions');
const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;
const samples = g.samples.map(({ tokens, promptLength }) => ({
  tokens,
  responseMask: tokens.map((_, i) => i >= promptLength),
}));
const of = (side: readonly number[]): typeof samples => side.map((i) => samples[i]);
const near = (found: ArrayLike<number>, expected: ArrayLike<number>): void =>
  assert.ok(errorOfLargest(found, expected) < 2e-5, `off by ${errorOfLargest(found, expected)} of the largest`);

test('differences of answers at each layer are those of transformers and NumPy', async () => {
  const model = await tinyModel();
  const means = await expectNoLeak(() => answerMeans(model, samples, { sites, batchSize: 3 }));
  assert.deepEqual(means[sites[0]].nTokens, g.samples.map(({ tokens, promptLength }) => tokens.length - promptLength)); // prettier-ignore
  for (const weighting of ['token', 'answer'] as const) {
    const direct = await responseDifference(model, of(g.sides.positive), of(g.sides.negative), { sites, weighting });
    for (const [layer, site] of sites.entries()) {
      const expected = g.differences[weighting][layer];
      near(meanDifference(means[site], { ...g.sides, weighting }), expected);
      near(direct[site], expected);
      await expectToLose((v: ArrayLike<number>) => near(v, expected), {
        'the other weighting': g.differences[weighting === 'token' ? 'answer' : 'token'][layer],
        'the other layer': g.differences[weighting][1 - layer],
      });
    }
  }
});

test('the way along answers is their second half minus the first', async () => {
  const model = await tinyModel();
  const basis = await progressBasis(model, of(g.sides.negative), { sites });
  sites.forEach((site, layer) => near(basis[site][0], g.progress[layer]));
  assert.equal(basis[sites[0]].length, 1);
  await assert.rejects(progressBasis(model, samples, { sites, parts: 1 }), /invalid parts/);
  await assert.rejects(progressBasis(model, samples, { sites, parts: 50 }), /no answer of 50 tokens/);
});

test('parts that meet tile an answer', () => {
  const sample = { tokens: [9, 8, 7, 6, 5, 4, 3], responseMask: [false, false, true, true, true, true, true] };
  const marks = (options: Parameters<typeof answerPart>[1]): string =>
    answerPart(sample, options).responseMask.map(Number).join('');
  assert.equal(marks({}), '0011111');
  assert.equal(marks({ to: 0.5 }), '0011000');
  assert.equal(marks({ from: 0.5 }), '0000111');
  const two = answerPart({ tokens: [1, 2, 3, 4, 5], responseMask: [false, true, false, true, true] }, { from: 0.5 });
  assert.deepEqual(two.responseMask.map(Number), [0, 1, 0, 0, 1]);
  assert.throws(() => answerPart({ tokens: [1] }, { from: 1, to: 1 }), /invalid part; .*; no answer/);
});

test('the header that counts is what the template writes before an answer', async () => {
  const dir = join(temporaryFolder(), 'chat');
  await writeChatModel(dir);
  const model = await loadModel(dir);
  const [user] = [{ role: 'user', content: 'a' }] as const;
  const prompt = model.tokenizer.encodeChat([user], { addGenerationPrompt: true });
  const n = prompt.length - model.tokenizer.encodeChat([user]).length;
  assert.ok(n >= 1);
  const tokens = [...prompt, 5, 6, 3];
  const sample = { tokens, responseMask: tokens.map((_, i) => i >= prompt.length) };
  const [inside, outside] = [
    await answerMeans(model, [sample], { sites, header: 'in' }),
    await answerMeans(model, [sample], { sites }),
  ];
  assert.deepEqual([inside[sites[1]].nTokens, outside[sites[1]].nTokens], [[n + 3], [3]]);
  const row = (await capture(model, [sample], { sites: [sites[1]] }))[sites[1]][0];
  const d = model.config.dModel;
  const meanFrom = (start: number): number[] =>
    Array.from({ length: d }, (_, j) => {
      const values = Array.from({ length: tokens.length - start }, (__, i) => row[(start + i) * d + j]);
      return values.reduce((a, b) => a + b, 0) / values.length;
    });
  near(inside[sites[1]].rows[0], meanFrom(prompt.length - n));
  near(outside[sites[1]].rows[0], meanFrom(prompt.length));
  assert.throws(() => near(inside[sites[1]].rows[0], meanFrom(prompt.length)), assert.AssertionError);
  const foreign = { ...sample, tokens: tokens.map((id, i) => (i === prompt.length - 1 ? 7 : id)) };
  await assert.rejects(answerMeans(model, [foreign], { sites, header: 'in' }), /sample 0: no header before the answer/);
  const bare = await tinyModel();
  await assert.rejects(answerMeans(bare, samples, { sites, header: 'in' }), /has no tokenizer/);
  await assert.rejects(answerMeans(bare, [], { sites }), /no samples/);
});
