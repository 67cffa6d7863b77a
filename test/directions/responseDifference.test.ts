import test from 'node:test';
import assert from 'node:assert/strict';
import { capture } from 'traitlab/subject/capture';
import { responseDifference } from 'traitlab/directions/responseDifference';
import { meanRows } from 'traitlab/stats/meanRows';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';
import { tinyModel } from '../helpers/tinyModel';

const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;
const near = { rtol: 1e-4, atol: 1e-6 };

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
  await expectToLose((other: Float64Array) => expectClose(token[sites[1]], other, near), {
    'the weighting by answers': answer[sites[1]],
    'one side alone': Float64Array.from(meanRows(all, [5, 1])),
    'the difference the other way round': token[sites[1]].map((v) => -v),
  });
  await assert.rejects(responseDifference(model, [], negative, { sites, weighting: 'token' }), /a side is empty/);
});
