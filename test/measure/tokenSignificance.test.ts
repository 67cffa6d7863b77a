import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import { join } from 'node:path';
import { initAdapter } from 'traitlab/lora/adapter';
import { tokenSignificance } from 'traitlab/measure/tokenSignificance';
import { adapterScalars } from 'traitlab/subject/adapterScalars';
import { loadModel } from 'traitlab/subject/loadModel';
import { writeChatModel } from '../helpers/chatModel';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { rank1Case, rank1Names } from '../helpers/rank1Golden';
import { temporaryFolder } from '../helpers/temporaryFolder';

/** float32 here, float64 in torch. */
const near = { rtol: 2e-4, atol: 1e-5 };

for (const name of rank1Names) {
  test(`scores of tokens are those of torch's autograd, padded and batched: ${name}`, async () => {
    const { base, adapter, samples, significance } = await rank1Case(name);
    const tuned = base.with({ adapter });
    const seen = {
      tunedToChat: await expectNoLeak(() => tokenSignificance(base, tuned, samples)),
      chatToTuned: await tokenSignificance(base, tuned, samples, { kl: 'chatToTuned', batchSize: 2 }),
    };
    for (const kl of ['tunedToChat', 'chatToTuned'] as const) {
      const check = (found: readonly { kl: number; scores: readonly number[] }[]): void =>
        found.forEach((answer, i) => {
          expectClose([answer.kl], [significance[i][kl].kl], near, `KL of answer ${i}`);
          expectClose(answer.scores, significance[i][kl].scores, near, `answer ${i}`);
        });
      check(seen[kl]);
      await expectToLose(check, { 'the other way round': seen[kl === 'tunedToChat' ? 'chatToTuned' : 'tunedToChat'] });
    }
    const scores = seen.tunedToChat.flatMap((answer) => answer.scores);
    const kept = seen.tunedToChat.flatMap(({ significant }) => significant);
    assert.deepEqual(kept, scores.map((score) => score > Math.exp(0.5))); // prettier-ignore
    const all = await tokenSignificance(base, tuned, samples, { logThreshold: -3 });
    assert.ok(all.every(({ significant }) => significant.every(Boolean)));
  });
}

test('scores stand in the order of the rows of adapterScalars, header in or out', async () => {
  const dir = join(temporaryFolder(), 'model');
  await writeChatModel(dir);
  const base = await loadModel(dir);
  const config = { rank: 1, alpha: 1, rslora: true, dropout: 0, targetModules: ['down_proj'], rankPattern: {}, alphaPattern: {} }; // prettier-ignore
  const fresh = initAdapter(config, base.config, 1);
  const params = Object.fromEntries(
    Object.entries(fresh.params).map(([name, x]) => [name, name.endsWith('lora_B.weight') ? tf.onesLike(x) : x]),
  );
  const tuned = base.with({ adapter: { targets: fresh.targets, params } });
  const samples = ['the cat', 'a dog sat'].map((content) =>
    base.tokenizer.encodeChatWithMask([
      { role: 'user', content },
      { role: 'assistant', content },
    ]),
  );
  const lengths: number[] = [];
  for (const header of ['in', 'out'] as const) {
    const { rows, answer } = await adapterScalars(tuned, samples, { header });
    const found = await tokenSignificance(base, tuned, samples, { header });
    const ofAnswer = found.map((_, i) => answer.filter((of) => of === i).length);
    assert.deepEqual(found.map(({ scores }) => scores.length), ofAnswer); // prettier-ignore
    lengths.push(rows.length);
  }
  assert.equal(lengths[0], lengths[1] + 2);
});

test('what does not fit is refused', async () => {
  const { base, adapter, samples } = await rank1Case(rank1Names[0]);
  const tuned = base.with({ adapter });
  const other = await rank1Case(rank1Names[1]);
  await assert.rejects(
    tokenSignificance(other.base, tuned, samples, { batchSize: 0, logThreshold: NaN }),
    /^Error: tokenSignificance: models of \[40 16\] and \[40 24\]; expected one model and its finetune; invalid batchSize; expected an integer of at least 1, got 0; invalid logThreshold/,
  );
  await assert.rejects(
    tokenSignificance(base, tuned, [{ tokens: [1, 2] }]),
    /expected a sample with responseMean tokens/,
  );
  await expectNoLeak(() =>
    assert.rejects(
      tokenSignificance(base, base, samples),
      /answer \d: gradients of norm 0; expected models that differ/,
    ),
  );
});
