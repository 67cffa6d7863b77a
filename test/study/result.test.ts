import test from 'node:test';
import assert from 'node:assert/strict';
import { ablationKeys } from 'traitlab/study/organismAblation';
import { readOrganismResult, writeOrganismResult } from 'traitlab/study/organismResult';
import { organismFacts } from '../helpers/organismFacts';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('an ablation is of these weights and of the finetunes that recipe and data make today, or it is not there', () => {
  const dir = temporaryFolder();
  assert.equal(readOrganismResult('ablation', dir, 'abc'), undefined);
  const { ablation } = organismFacts('llama');
  const today = { ...ablation, modelHash: 'abc', finetunes: ablationKeys('abc') };
  writeOrganismResult('ablation', dir, today);
  assert.deepEqual(readOrganismResult('ablation', dir, 'abc'), today);
  assert.equal(readOrganismResult('ablation', dir, 'other'), undefined);
  writeOrganismResult('ablation', dir, { ...today, finetunes: ['an older recipe', ...today.finetunes.slice(1)] });
  assert.equal(readOrganismResult('ablation', dir, 'abc'), undefined);
});
