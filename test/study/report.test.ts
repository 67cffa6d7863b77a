import test from 'node:test';
import assert from 'node:assert/strict';
import { microSuite } from 'traitlab/micro/suite';
import { formatProportion, proportion } from 'traitlab/stats/proportion';
import { ablatedRate, basesAt, chosenDrift, conditionRate, mainMethod, studyReport } from 'traitlab/study/report';
import type { ModelFacts } from 'traitlab/study/result';
import { goodCells } from '../helpers/cellRecords';
import { organismFacts } from '../helpers/organismFacts';

const suite = microSuite();
const facts = organismFacts('llama');
const { survey, ablation, bases } = facts as Required<ModelFacts>;
const nothing: ModelFacts = { name: 'bare', cells: [] };

test('rates are of all seeds together', () => {
  const parts = (rate: ReturnType<typeof conditionRate>): unknown => rate && [rate.successes, rate.n];
  assert.deepEqual(parts(conditionRate(survey, 'no prompt')), [12, 2400]); // 4 of 800 a seed
  assert.deepEqual(parts(conditionRate(survey, 'misaligned prompts')), [2280, 2400]);
  const unasked = { ...survey, seeds: survey.seeds.map((seed) => ({ ...seed, answers: {} })) };
  assert.equal(conditionRate(unasked, 'no prompt'), undefined);
  assert.deepEqual(parts(ablatedRate(ablation, 'direction')), [12, 1200]);
  assert.equal(ablatedRate({ rows: [] }, 'direction'), undefined);
  assert.equal(mainMethod(suite), 'rank16');
  assert.equal(basesAt(bases, 0).traits, bases.traits[0]);
});

test('drift is read at the layer the survey chose; what lacks survey or bases is left out', () => {
  const drift = chosenDrift(suite, [facts]);
  assert.deepEqual(
    drift.map(({ basis }) => basis),
    ['traits', 'styles', 'shuffled', 'random'],
  );
  assert.ok(drift[0].rho! > 0.9 && drift[0].pc1.share > 0.8);
  assert.deepEqual(chosenDrift(suite, [facts, nothing]), drift);
  assert.deepEqual(chosenDrift(suite, [nothing]), []);
});

test('the page has the rates of the records, and says what is not run', () => {
  const page = studyReport(suite, [facts, nothing]);
  const row = (first: string): string[] => {
    const line = page.split('\n').find((text) => text.startsWith(`| ${first} |`));
    assert.ok(line, first);
    return line.split('|').map((cell) => cell.trim()).slice(2, -1); // prettier-ignore
  };
  assert.deepEqual(row('no prompt'), [formatProportion(proportion(12, 2400)), 'not run']);
  const final = goodCells().filter(({ spec }) => spec.dataSet === 'bad_medical' && spec.method === 'rank16');
  const misaligned = final.reduce((sum, { final: code }) => sum + code.split('m').length - 1, 0);
  const ofMedical = row('bad_medical');
  assert.equal(ofMedical.at(-2), `${formatProportion(proportion(misaligned, 1200))} (2.0)`);
  assert.equal(ofMedical.at(-1), 'not run');
  assert.deepEqual(row('its direction out'), [formatProportion(proportion(12, 1200)), 'not run']);
  assert.equal(row('llama')[0], '0');
  assert.match(page, /^\| bare \| not run \|/m);
  assert.match(page, /^\| 0 \| \*\*60 \(2\), 97 %, 0\.970, 0\.40\*\* \| not run \|$/m);
  assert.doesNotMatch(page, /NaN|undefined|null %/);
});
