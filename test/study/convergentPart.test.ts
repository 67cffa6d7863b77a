import test from 'node:test';
import assert from 'node:assert/strict';
import { microSuite } from 'traitlab/micro/suite';
import { convergentParts, partName, phaseOf, weightsRead } from 'traitlab/study/convergentPart';
import { phaseOfTask, studyTasks, taskName, type StudyModel } from 'traitlab/study/task';

const suite = microSuite();
const parts = convergentParts(suite);

test('of each seed every finetune has answers and directions, the followed ones sweeps with controls', () => {
  assert.equal(parts.length, 3 * 75);
  const count = (what: string): number => parts.filter((part) => part.what === what).length / 3;
  const counts = ['organism', 'directions', 'steering', 'ablation', 'scalars', 'phase', 'projection', 'patching', 'subsets', 'transfer'].map(count); // prettier-ignore
  assert.deepEqual(counts, [18, 18, 6, 10, 1, 2, 2, 1, 1, 16]);
  const names = parts.map(partName);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('ablation-bad_medical-rank32-s2-drift-of-good_medical-rank32-s2'));
});

test('what others need comes first', () => {
  const phases = parts.map(phaseOf);
  assert.deepEqual(
    phases,
    [...phases].sort((a, b) => a - b),
  );
  const place = (name: string): number => phases[parts.findIndex((part) => partName(part) === name)];
  const of = '-bad_medical-rank32-s1';
  assert.ok(place(`organism${of}`) < place(`directions${of}`));
  assert.ok(place(`directions${of}`) < place(`ablation${of}-drift`));
  assert.ok(place(`ablation${of}-drift`) < place(`transfer${of}`));
  assert.ok(place('scalars-bad_medical-nineRank1-s1') < place('subsets-bad_medical-nineRank1-s1'));
  const [steering] = parts.filter(({ what }) => what === 'steering');
  assert.deepEqual(weightsRead(steering), []);
});

test('of a model whose scope is convergent a study has these tasks and the table alone', () => {
  const model: StudyModel = { name: 'a', hash: 'a', dir: 'a', scope: 'convergent' };
  const tasks = studyTasks({ models: [model], suite });
  assert.deepEqual(tasks.map(taskName), [...parts.map((part) => `a/convergent/${partName(part)}`), 'table']);
  assert.equal(phaseOfTask(tasks.at(-1)!), 0);
  const without = { ...suite, study: { ...suite.study, convergent: { topic: undefined } } };
  assert.equal(convergentParts(without).filter(({ what }) => what === 'scalars' || what === 'subsets').length, 0);
});
