import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from 'traitlab/disk/inProject';
import { projectPath } from 'traitlab/disk/projectPath';
import { openSuite } from 'traitlab/micro/openSuite';
import { surveyedLayer } from 'traitlab/study/surveyedLayer';
import { temporaryFolder } from '../helpers/temporaryFolder';

test("a folder's name is from the working folder, or else from the project's", async () => {
  const dir = realpathSync(temporaryFolder());
  process.chdir(dir);
  assert.equal(inProject('data/micro'), projectPath('data/micro'));
  assert.equal(inProject('nowhere'), 'nowhere');
  mkdirSync(join(dir, 'data/micro'), { recursive: true });
  assert.equal(inProject('data/micro'), 'data/micro');
  assert.equal((await openSuite('data/suites/english')).name, 'english');
  assert.throws(() => surveyedLayer('data/study/llama', 'of other weights'), {
    message: new RegExp(`^surveyedLayer: ${projectPath('data/study/llama/survey.json')}; expected a survey of`),
  });
});
