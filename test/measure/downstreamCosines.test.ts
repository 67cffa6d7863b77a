import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { steer } from 'traitlab/directions/steer';
import { downstreamCosines, type DownstreamCosine } from 'traitlab/measure/downstreamCosines';
import { withHooks } from 'traitlab/subject/model';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { phaseGolden } from '../helpers/phaseGolden';
import { tinyModel } from '../helpers/tinyModel';

const { a, b, scale, added, prompts, starts, ofMeans, ofTokens, norms } = phaseGolden().downstream;
const samples = prompts.map((tokens, i) => ({ tokens, responseMask: tokens.map((_, at) => at >= starts[i]) }));

test('differences that an adapter and a vector make to later blocks are as alike as in transformers', async () => {
  const model = await tinyModel('families/qwen2-tied');
  const delta = { a: tf.tensor2d(a), b: tf.tensor2d(b), scale };
  const withAdapter = model.with({ deltas: { 'model.layers.0.mlp.down_proj.weight': delta } });
  const withVector = withHooks(model, steer(added, { layers: [0], coeff: 1 }));
  const check = (found: readonly DownstreamCosine[]): void => {
    assert.deepEqual(found.map(({ layer, nTokens }) => [layer, nTokens]), ofMeans.map((_, l) => [l, 7])); // prettier-ignore
    expectClose(found.map((f) => f.ofMeans), ofMeans, { rtol: 0, atol: 1e-4 }, 'of means'); // prettier-ignore
    expectClose(found.map((f) => f.ofTokens), ofTokens, { rtol: 0, atol: 1e-4 }, 'of tokens'); // prettier-ignore
    expectClose(found.flatMap((f) => f.norms), norms.flat(), { rtol: 1e-4, atol: 0 }, 'norms'); // prettier-ignore
  };
  const pair = [withAdapter, withVector] as const;
  check(await expectNoLeak(() => downstreamCosines(model, pair, samples)));
  check(await downstreamCosines(model, pair, samples, { batchSize: 1 }));
  await expectToLose(check, {
    'all tokens': await downstreamCosines(model, pair, samples, { tokens: 'all' }),
    'the other way round': await downstreamCosines(model, [withVector, withAdapter], samples),
  });
  const later = await downstreamCosines(model, pair, samples, { layers: [2] });
  assert.equal(later.length, 1);
  assert.ok(Math.abs(later[0].ofMeans - ofMeans[2]) < 1e-4);
  const atLast = withHooks(model, steer(added, { layers: [2], coeff: 1 }));
  await assert.rejects(downstreamCosines(model, [withVector, atLast], samples), /no difference after block 0/);
  await assert.rejects(downstreamCosines(model, pair, []), /no prompts/);
  await assert.rejects(downstreamCosines(model, pair, samples, { layers: [3] }), /invalid layers/);
  tf.dispose([delta.a, delta.b]);
});
