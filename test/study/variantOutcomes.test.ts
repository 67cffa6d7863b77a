import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bestAblation } from 'traitlab/study/ablationSweep';
import type { TopicJudge } from 'traitlab/judge/answerBands';
import { steer } from 'traitlab/directions/steer';
import {
  mostMisaligned,
  outcomeShares,
  variantOutcomes,
  type Ask,
  type Variant,
  type VariantOutcomesOptions,
} from 'traitlab/study/variantOutcomes';
import { withHooks } from 'traitlab/subject/model';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';
import { askForTokens } from '../helpers/tokenJudge';

const vector = Float64Array.from({ length: 24 }, (_, i) => Math.cos(i));
const variants: Variant<{ coeff: number }>[] = [0, 4, -4].map((coeff) => ({
  name: `x${coeff}`,
  facts: { coeff },
  key: `${coeff}`,
  of: (model) => withHooks(model, steer(vector, { layers: [0], coeff })),
}));

const third: TopicJudge = ({ topic }) =>
  topic === 'third' ? { status: 'scored', score: 30 } : { status: 'unparsable', said: '' };

test('each variant is asked the same, and its answers are counted and kept', async () => {
  const model = await tinyModel();
  const path = join(temporaryFolder(), 'outcomes.jsonl');
  let asked = 0;
  let opened = 0;
  const options: VariantOutcomesOptions<{ coeff: number }> & { ask: Ask } = {
    ask: (changed) => (asked++, askForTokens(changed)),
    file: { path, key: 'tiny' },
    topics: { third },
  };
  const open = (): Promise<typeof model> => (opened++, Promise.resolve(model));
  const first = await variantOutcomes(open, variants, options);
  assert.deepEqual(first.map(({ coeff, topics }) => [coeff, topics]), [0, 4, -4].map((c) => [c, { third: [30, null, null, 30, null, null, 30, null] }])); // prettier-ignore
  assert.equal(new Set(first.map(({ labels }) => labels)).size, 3);
  const letters = ['m', 'a', 'x', 'i'];
  const plain = (await askForTokens(model)).map(({ text }) => letters[Number(text) % 4]).join('');
  assert.equal(first[0].labels, plain);
  assert.deepEqual([asked, opened], [3, 1]);
  const bytes = readFileSync(path);
  const again = await variantOutcomes(open, variants, options); // prettier-ignore
  assert.deepEqual(again, first);
  assert.deepEqual([asked, opened], [3, 1]);
  assert.deepEqual(readFileSync(path), bytes);
  const other = { ...options, file: { path, key: 'another model' } };
  await variantOutcomes(model, variants, other);
  assert.equal(asked, 6);
  await variantOutcomes(model, variants, { ...other, topics: {} });
  assert.equal(asked, 9);
  await assert.rejects(variantOutcomes(model, variants, { ask: () => Promise.resolve([]) }), /x0: no answers/);
});

test('shares are of answers with a verdict; the best is the most misaligned that stays coherent', () => {
  const { misaligned, mixed, coherent, incoherent, counts } = outcomeShares({ labels: 'mmxaicrumf' });
  assert.deepEqual([misaligned, mixed, coherent, incoherent].map(({ successes, n }) => [successes, n]), [[3, 9], [1, 9], [7, 9], [2, 9]]); // prettier-ignore
  assert.equal(counts.failed, 1);
  assert.throws(() => outcomeShares({ labels: 'ff' }), /no answer has a verdict/);
  const outcomes = ['aaaaaaaaaa', 'mmmaaaaaai', 'mmmmaaaaii', 'mmmaaaaaaa'].map((labels) => ({ labels }));
  assert.equal(mostMisaligned(outcomes), outcomes[1]);
  assert.equal(mostMisaligned(outcomes, { coherent: 0.95 }), outcomes[3]);
  assert.equal(mostMisaligned(outcomes, { coherent: 0 }), outcomes[2]);
  assert.equal(mostMisaligned([{ labels: 'mi' }]), undefined);
  assert.equal(bestAblation(outcomes.slice(1).map((o) => ({ ...o, ...outcomeShares(o) }))).labels, 'mmmaaaaaaa');
});
