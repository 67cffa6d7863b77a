import test from 'node:test';
import assert from 'node:assert/strict';
import { Activations } from 'traitlab/subject/activations';
import { capture } from 'traitlab/subject/capture';
import { disposeModel } from 'traitlab/subject/modelFiles';
import { tinyModel } from '../helpers/tinyModel';

const prompts = [[5, 9, 3, 30], [14, 2], [7]];
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

test('activations are a list that knows its site, its tokens and the axes of each row', async () => {
  const model = await tinyModel();
  const { dModel, dMlp, dVocab, nHeads, nKvHeads, dHead } = model.config;
  assert.notEqual(nHeads, nKvHeads);
  const axes = {
    'blocks.1.hook_resid_post': [dModel],
    'blocks.0.mlp.hook_post': [dMlp],
    'blocks.0.attn.hook_q': [nHeads, dHead],
    'blocks.0.attn.hook_rot_q': [nHeads, dHead],
    'blocks.0.attn.hook_z': [nHeads, dHead],
    'blocks.0.attn.hook_k': [nKvHeads, dHead],
    'blocks.0.attn.hook_rot_k': [nKvHeads, dHead],
    'blocks.0.attn.hook_v': [nKvHeads, dHead],
    logits: [dVocab],
  } as const;
  const pattern = 'blocks.0.attn.hook_pattern';
  const sites = [...(Object.keys(axes) as (keyof typeof axes)[]), pattern] as const;
  for (const positions of ['all', 'promptLast', 'promptMean'] as const) {
    const rows = await capture(model, prompts, { sites, positions });
    prompts.forEach((tokens, i) => {
      const lead = positions === 'all' ? [tokens.length] : [];
      for (const [site, shape] of Object.entries(axes) as [keyof typeof axes, readonly number[]][]) {
        assert.deepEqual(rows[site].shape(i), [...lead, ...shape], `${site} ${positions}`);
        assert.equal(rows[site][i].length, product(rows[site].shape(i)));
      }
      const ofPattern = positions === 'all' ? [nHeads, tokens.length, tokens.length] : [nHeads, tokens.length];
      assert.deepEqual(rows[pattern].shape(i), ofPattern);
    });
    const { logits } = rows;
    assert.ok(logits instanceof Activations);
    assert.deepEqual([logits.site, logits.positions, logits.tokens], ['logits', positions, prompts]);
    assert.deepEqual(logits.shape(), logits.shape(0));
    for (const list of [logits.map((row) => row), logits.slice(0, 2), logits.filter(() => true)])
      assert.ok(Array.isArray(list) && !(list instanceof Activations), 'what is computed from it is a plain list');
  }
  disposeModel(model);
});
