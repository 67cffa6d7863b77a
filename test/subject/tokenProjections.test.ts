import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { Direction } from 'traitlab/directions/direction';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { tokenProjections } from 'traitlab/subject/tokenProjections';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { exploringGolden, FLOAT32_SUMS } from '../helpers/exploringGolden';
import { tinyModel } from '../helpers/tinyModel';

const site = 'blocks.0.hook_resid_post';

for (const [name, { direction, prompts }] of Object.entries(exploringGolden().models)) {
  test(`${name}: projections and cosines of every token are NumPy's on the activations of transformers`, async () => {
    const model = await tinyModel(name);
    const asked = prompts.map(({ tokens }) => tokens);
    const placed = new Direction(Float64Array.from(direction), {
      site,
      kind: 'trait',
      scale: 'raw',
      facts: () => ({}),
    });
    const seen = await expectNoLeak(() => tokenProjections(model, asked, placed));
    prompts.forEach(({ tokens, projections, cosines }, i) => {
      assert.deepEqual([seen[i].tokens, seen[i].words], [tokens, tokens.map(String)]);
      expectClose(seen[i].projections, projections, FLOAT32_SUMS);
      expectClose(seen[i].cosines, cosines, FLOAT32_SUMS);
    });
    assert.deepEqual(await tokenProjections(model, asked, direction, { site }), seen, 'a plain list with a site');
    const other = await tokenProjections(model, asked, placed, { site: 'blocks.1.hook_resid_post' });
    assert.notDeepEqual(other[0].projections, seen[0].projections);
    disposeModel(model);
  });
}

test('what has no projection is refused', async () => {
  const model = await tinyModel();
  const { dModel } = model.config;
  const ones = new Array<number>(dModel).fill(1);
  await assert.rejects(
    tokenProjections(model, [[5]], ones),
    /no site; expected a direction that has one, or option site/,
  );
  await assert.rejects(tokenProjections(model, [[5]], [1, 2], { site }), /has 2 values of norm .*; expected dModel=24/);
  for (const bad of [0, NaN, Infinity])
    await assert.rejects(
      tokenProjections(model, [[5]], new Array<number>(dModel).fill(bad), { site }),
      /expected dModel=24, not zero/,
    );
  await assert.rejects(tokenProjections(model, [[5, 6]], ones, { site: 'blocks.0.mlp.hook_post' }), {
    message: `tokenProjections: blocks.0.mlp.hook_post is [2 ${model.config.dMlp}]; expected [pos 24], as the residual stream`,
  });
  const pattern = { site: 'blocks.0.attn.hook_pattern' } as const;
  await assert.rejects(
    tokenProjections(model, [[5, 6]], ones, pattern),
    /hook_pattern is \[\d+ 2 2\]; expected \[pos 24\]/,
  );
  const hooks = { [site]: (x: tf.Tensor) => tf.zerosLike(x) };
  await expectNoLeak(() =>
    assert.rejects(tokenProjections(model.with({ hooks }), [[5, 6]], ones, { site }), {
      message: `tokenProjections: prompt 0: ${site} is zero at token 0; expected an activation with a direction`,
    }),
  );
  disposeModel(model);
});
