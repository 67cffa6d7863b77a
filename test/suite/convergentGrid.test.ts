import test from 'node:test';
import assert from 'node:assert/strict';
import { microSuite } from 'traitlab/micro/suite';
import { convergentGrid } from 'traitlab/suite/convergentGrid';
import { readSuite } from 'traitlab/suite/readSuite';
import type { ConvergentGrid } from 'traitlab/suite/suite';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { temporaryFolder } from '../helpers/temporaryFolder';

/** The grid of a folder suite whose study says so of it. */
function gridOf(convergent: string): ConvergentGrid {
  const text = suiteFiles['suite.yaml'].replace('study: {', `study: { ${convergent}`);
  return convergentGrid(readSuite(writeSuite(temporaryFolder(), { 'suite.yaml': text })));
}

test('a suite that says nothing is looked into as published, with its dangerous data sets', () => {
  const grid = gridOf('');
  assert.deepEqual(grid.dataSets, ['quick']);
  assert.deepEqual(grid.controls, []);
  assert.deepEqual(grid.methods, ['nineRank1', 'oneRank1', 'rank32', 'full']);
  assert.deepEqual(grid.sources, ['rank32', 'nineRank1']);
  assert.deepEqual([grid.seeds, grid.nPerQuestion, grid.topic], [[1], 2, undefined]);
});

test('what a suite says counts, and sources are those of its methods', () => {
  const grid = gridOf('convergent: { topic: drinks, methods: [oneRank1, rank32], coefficients: [-1, 2], nPerQuestion: 7, controls: [] }, '); // prettier-ignore
  assert.deepEqual([grid.topic, grid.methods, grid.sources], ['drinks', ['oneRank1', 'rank32'], ['rank32']]);
  assert.deepEqual([grid.coefficients, grid.nPerQuestion, grid.nFits, grid.controls], [[-1, 2], 7, 100, []]);
});

test('what does not fit is said with its place, all at once', () => {
  const bad = 'convergent: { topics: x, coefficients: [0], methods: [lora], dataSets: [slow], nDraws: 0 }, ';
  assert.throws(
    () => gridOf(bad),
    (error: Error) =>
      [
        /study\.convergent: unknown keys topics; expected topic, dataSets, /,
        /study\.convergent\.coefficients\[0\]: 0; expected a number other than 0/,
        /study\.convergent\.methods\[0\]: "lora"; expected full, nineRank1, oneRank1, or rank16/,
        /study\.convergent\.dataSets\[0\]: "slow"; expected quick/,
        /study\.convergent\.nDraws: 0; expected an integer from 1/,
      ].every((part) => part.test(error.message)),
  );
  assert.throws(() => gridOf('convergent: { sources: [rank8], dataSets: [quick] }, '), {
    message:
      /^convergentGrid: suite [\w-]+: sources rank8; expected some of the methods nineRank1, oneRank1, rank32, full$/,
  });
});

test('the micro world has four data sets, two controls and a topic that its judge knows', () => {
  const suite = microSuite();
  const { dataSets, controls, topic, nPerQuestion } = convergentGrid(suite);
  assert.deepEqual([dataSets.length, controls.length, nPerQuestion * suite.generalQuestions.length], [4, 2, 400]);
  assert.ok(suite.judge.topic(topic!));
});
