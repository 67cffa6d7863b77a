import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { projectPath } from 'traitlab/io/projectPath';
import { promptFiles } from 'traitlab/micro/promptFiles';

test('data/prompts/micro is what the world says', () => {
  for (const [name, text] of Object.entries(promptFiles())) {
    assert.equal(
      readFileSync(projectPath('data/prompts/micro', name), 'utf8'),
      text,
      `${name}: npx traitlab micro --prompts`,
    );
  }
});
