import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { adapterPath } from 'traitlab/records/adapterPath';
import { trainingLog } from 'traitlab/records/trainingLog';
import { finetune } from 'traitlab/train/finetune';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { phaseGolden, phaseRun } from '../helpers/phaseGolden';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

const g = phaseGolden();
const exact = { rtol: 1e-11, atol: 0 };

test('the path of each B in the PEFT folders of a run is what NumPy reads', async () => {
  const { config } = await tinyModel();
  const { steps, modules } = await expectNoLeak(() => adapterPath(phaseRun, config));
  assert.deepEqual(steps, g.steps);
  assert.deepEqual(modules.map(({ module, layer, scale }) => [module, layer, scale]), [0, 1].map((i) => [`model.layers.${i}.mlp.down_proj`, i, 8])); // prettier-ignore
  modules.forEach(({ points }, m) => points.forEach((b, i) => expectClose(b, g.path[m][i], exact)));
  assert.throws(() => expectClose(modules[0].points[0], g.path[1][0], exact));
  const withStart = await adapterPath(phaseRun, config, { withStart: true });
  assert.deepEqual(withStart.steps, [0, ...g.steps]);
  assert.deepEqual([...withStart.modules[1].points[0]], Array(24).fill(0));
});

test('what is no run of one adapter is refused', async () => {
  const { config } = await tinyModel();
  const run = join(temporaryFolder(), 'run');
  mkdirSync(run);
  await assert.rejects(adapterPath(run, config), /adapterPath: .*run: no checkpoints; expected folders checkpoint-\{step\}/); // prettier-ignore
  cpSync(join(phaseRun, 'checkpoint-5'), join(run, 'checkpoint-5'), { recursive: true });
  cpSync(projectPath('test/goldens/train/adapters/rank-stabilised'), join(run, 'checkpoint-6'), { recursive: true });
  await assert.rejects(adapterPath(run, config), /checkpoint-6: other modules or ranks than .*checkpoint-5/);
  cpSync(projectPath('test/goldens/llama/mha-untied'), join(run, 'checkpoint-7'), { recursive: true });
  await assert.rejects(adapterPath(run, config), /checkpoint-7: a whole model; expected adapters/);
});

test('the log of our own finetune and of a Trainer give loss and gradient norm by step', async () => {
  const model = await tinyModel();
  const out = join(temporaryFolder(), 'own');
  const tokens = [3, 9, 17, 4, 30];
  const examples = [{ tokens, counts: tokens.map(() => true) }];
  const seen: { step: number; loss: number; gradNorm: number }[] = [];
  const tuned = await finetune(model, examples, {
    recipe: { method: 'lora', learningRate: 0.01, maxSteps: 3, rank: 1, alpha: 1, targetModules: ['down_proj'] },
    out,
    onStep: ({ step, loss, gradNorm }) => void seen.push({ step, loss, gradNorm }),
  });
  tuned.dispose();
  assert.equal(seen.length, 3);
  assert.deepEqual(trainingLog(out), seen);

  const trainer = temporaryFolder();
  assert.throws(() => trainingLog(trainer), /no log; expected log.jsonl, or trainer_state.json/);
  const log_history = [
    { step: 10, loss: 2, grad_norm: 0.5, epoch: 1, learning_rate: 1e-5 },
    { step: 5, loss: 3, grad_norm: 0.25 },
    { step: 10, eval_loss: 4 },
    { step: 15, loss: 1 },
    { step: 15, train_runtime: 7, train_loss: 2 },
  ];
  cpSync(join(phaseRun, 'checkpoint-10'), join(trainer, 'checkpoint-10'), { recursive: true });
  writeFileSync(join(trainer, 'checkpoint-10', 'trainer_state.json'), JSON.stringify({ log_history }));
  assert.deepEqual(trainingLog(trainer), [
    { step: 5, loss: 3, gradNorm: 0.25 },
    { step: 10, loss: 2, gradNorm: 0.5 },
    { step: 15, loss: 1 },
  ]);
  writeFileSync(join(trainer, 'trainer_state.json'), JSON.stringify({ log_history: [{ step: 'x', loss: 1 }] }));
  assert.throws(() => trainingLog(trainer), /trainer_state.json: entry 0 with a loss: step is "x"; expected a number/);
  writeFileSync(join(trainer, 'trainer_state.json'), '{}');
  assert.throws(() => trainingLog(trainer), /trainer_state.json: no log_history; expected a list/);
});
