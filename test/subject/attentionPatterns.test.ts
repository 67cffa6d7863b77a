import test from 'node:test';
import assert from 'node:assert/strict';
import { attentionPatterns } from 'traitlab/subject/attentionPatterns';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { exploringGolden, FLOAT32_SUMS } from '../helpers/exploringGolden';
import { tinyModel } from '../helpers/tinyModel';

for (const [name, { prompts }] of Object.entries(exploringGolden().models)) {
  test(`${name}: attention weights are those of transformers' eager attention`, async () => {
    const model = await tinyModel(name);
    const { nLayers, nHeads } = model.config;
    for (const { tokens, patterns } of prompts) {
      const seen = await expectNoLeak(() => attentionPatterns(model, tokens));
      assert.deepEqual([seen.tokens, seen.words], [tokens, tokens.map(String)]);
      assert.deepEqual(seen.layers, [...Array(nLayers).keys()]);
      assert.ok(seen.patterns.every((heads) => heads.length === nHeads));
      expectClose(seen.patterns.flat(3), patterns.flat(3), FLOAT32_SUMS);
      const [last] = (await attentionPatterns(model, tokens, { layers: [nLayers - 1] })).patterns;
      assert.deepEqual(last, seen.patterns.at(-1));
      for (const row of seen.patterns.flat(2)) assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
    }
    disposeModel(model);
  });
}

test('layers that the model lacks are refused', async () => {
  const model = await tinyModel();
  await assert.rejects(attentionPatterns(model, [5], { layers: [2] }), {
    message: 'attentionPatterns: invalid layers; expected different ones of 0 to 1, got 2',
  });
  await assert.rejects(attentionPatterns(model, [5], { layers: [] }), /invalid layers; .* got none/);
  await assert.rejects(attentionPatterns(model, []), /prompt 0: empty; expected at least one token/);
  disposeModel(model);
});
