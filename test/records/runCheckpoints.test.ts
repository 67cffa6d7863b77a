import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCheckpoints } from 'traitlab/records/runCheckpoints';
import { temporaryFolder } from '../helpers/temporaryFolder';

/** A run's folder with empty files in it. */
function runWith(files: readonly string[]): string {
  const run = temporaryFolder();
  for (const file of files) {
    mkdirSync(join(run, file, '..'), { recursive: true });
    writeFileSync(join(run, file), '');
  }
  return run;
}

const adapter = (name: string): string[] =>
  ['adapter_config.json', 'adapter_model.safetensors'].map((f) => `${name}/${f}`);

test('checkpoints of ours, of PEFT and of a Trainer are found in the order of their steps', () => {
  const run = runWith([
    ...adapter('checkpoint-100'),
    ...adapter('checkpoint-20'),
    'checkpoint-20/optimizer.pt',
    'checkpoint-20/trainer_state.json',
    'checkpoint-126/config.json',
    'checkpoint-126/model.safetensors.index.json',
    // What a Trainer and TRL leave beside them: the last adapter again, a card, the state.
    'adapter_config.json',
    'adapter_model.safetensors',
    'README.md',
    'log.jsonl',
    'runs/events',
  ]);
  const { checkpoints, unfinished, aliases } = runCheckpoints(run);
  assert.deepEqual(
    checkpoints.map(({ step, kind }) => [step, kind]),
    [
      [20, 'adapter'],
      [100, 'adapter'],
      [126, 'model'],
    ],
  );
  assert.deepEqual([unfinished, aliases], [[], []]);
});

test('the last checkpoint under another name does not count twice, and one without weights is named', () => {
  const run = runWith([
    ...adapter('checkpoint-10'),
    ...adapter('checkpoint-final'),
    'checkpoint-20/adapter_config.json',
    'checkpoint-30/optimizer.pt',
    'checkpoint-40/config.json',
  ]);
  const { checkpoints, unfinished, aliases } = runCheckpoints(run);
  assert.deepEqual(
    checkpoints.map(({ step }) => step),
    [10],
  );
  assert.deepEqual(unfinished.map((dir) => dir.slice(run.length + 1)).sort(), [
    'checkpoint-20',
    'checkpoint-30',
    'checkpoint-40',
  ]);
  assert.deepEqual(aliases, ['checkpoint-final']);
  assert.throws(() => runCheckpoints(join(run, 'none')), /none: no such folder; expected that of a run$/);
});
