import test from 'node:test';
import assert from 'node:assert/strict';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { logitLens } from 'traitlab/subject/logitLens';
import { nextTokens } from 'traitlab/subject/nextTokens';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { exploringGolden, LOGITS } from '../helpers/exploringGolden';
import { tinyModel } from '../helpers/tinyModel';

for (const [name, { prompts }] of Object.entries(exploringGolden().models)) {
  test(`${name}: every logit after every block is that of transformers`, async () => {
    const model = await tinyModel(name);
    const { nLayers, dVocab } = model.config;
    for (const { tokens, lens } of prompts) {
      const seen = await expectNoLeak(() => logitLens(model, tokens, { k: dVocab }));
      assert.deepEqual([seen.tokens, seen.words], [tokens, tokens.map(String)]);
      assert.deepEqual(seen.layers, [...Array(nLayers).keys()]);
      seen.guesses.forEach((row, layer) =>
        row.forEach((guesses, pos) => {
          const logits = new Float32Array(dVocab).fill(NaN);
          for (const { token, logit } of guesses) logits[token] = logit;
          expectClose(logits, lens[layer][pos], LOGITS, `layer ${layer}, token ${pos}`);
        }),
      );
      assert.equal(seen.guesses.flat().length, nLayers * tokens.length);
      const [next] = await nextTokens(model, [tokens], { k: 3 });
      const { guesses } = await logitLens(model, tokens, { layers: [nLayers - 1], k: 3 });
      assert.deepEqual(
        guesses[0].at(-1)!.map(({ token }) => token),
        next.map(({ token }) => token),
      );
    }
    disposeModel(model);
  });
}

test('layers come in the order asked for, and others are refused', async () => {
  const model = await tinyModel();
  const [both, turned] = [await logitLens(model, [5, 9]), await logitLens(model, [5, 9], { layers: [1, 0] })];
  assert.deepEqual(turned.layers, [1, 0]);
  assert.deepEqual(turned.guesses, [...both.guesses].reverse());
  assert.notDeepEqual(both.guesses[0], both.guesses[1]);
  const refused = [
    { layers: [], got: 'none' },
    { layers: [0, 2], got: '0, 2' },
    { layers: [-1], got: '-1' },
    { layers: [0.5], got: '0.5' },
    { layers: [1, 1], got: '1, 1' },
  ];
  for (const { layers, got } of refused) {
    const message = `logitLens: invalid layers; expected different ones of 0 to 1, got ${got}`;
    await assert.rejects(logitLens(model, [5], { layers }), { message });
  }
  await expectNoLeak(() => assert.rejects(logitLens(model, [5], { k: 41 }), /invalid k/));
  disposeModel(model);
});
