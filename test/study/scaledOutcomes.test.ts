import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { disposeAdapter } from 'traitlab/lora/adapter';
import { adapterDeltas } from 'traitlab/lora/adapterDeltas';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { scaledOutcomes } from 'traitlab/study/scaledOutcomes';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { phaseRun } from '../helpers/phaseGolden';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';
import { askForTokens } from '../helpers/tokenJudge';

test('each checkpoint is asked with its adapter scaled, and goes on where it was broken off', async () => {
  const model = await tinyModel();
  const folder = temporaryFolder();
  const options = { scales: [1, 50, 400], steps: [20, 40] };
  const path = join(folder, 'whole.jsonl');
  const found = await expectNoLeak(() => scaledOutcomes(model, phaseRun, { ask: askForTokens, file: { path, key: 'a' }, ...options })); // prettier-ignore
  assert.deepEqual(found.map(({ step, scale }) => [step, scale]), [[20, 1], [20, 50], [20, 400], [40, 1], [40, 50], [40, 400]]); // prettier-ignore
  const adapter = loadAdapter(join(phaseRun, 'checkpoint-40'), model.config);
  const direct = await askForTokens(model.with({ deltas: adapterDeltas(adapter, { scale: 400 }) }));
  disposeAdapter(adapter);
  const letters = direct.map(({ text }) => ['m', 'a', 'x', 'i'][Number(text) % 4]).join('');
  assert.equal(found[5].labels, letters);
  assert.ok(new Set(found.map(({ labels }) => labels)).size > 1, 'the scale makes no difference');

  const broken = { path: join(folder, 'broken.jsonl'), key: 'a' };
  let asked = 0;
  const dies = (subject: Parameters<typeof askForTokens>[0]): ReturnType<typeof askForTokens> =>
    asked++ < 2 ? askForTokens(subject) : Promise.reject(new Error('killed'));
  await assert.rejects(scaledOutcomes(model, phaseRun, { ask: dies, file: broken, ...options }), /killed/);
  await scaledOutcomes(model, phaseRun, { ask: askForTokens, file: broken, ...options });
  assert.deepEqual(readFileSync(broken.path), readFileSync(path));
});

test('misuse throws, all at once', async () => {
  const model = await tinyModel();
  await assert.rejects(
    scaledOutcomes(model.with({ deltas: {} }), phaseRun, { ask: askForTokens, scales: [0], steps: [7] }),
    /scaledOutcomes: .*: the model has an adapter; .*; no checkpoint 7; .*; no checkpoints; .*; invalid scales; .* got 0/,
  );
});
