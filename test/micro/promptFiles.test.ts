import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { projectPath } from 'traitlab/disk/projectPath';
import { promptFiles, promptReadme } from 'traitlab/micro/promptFiles';
import {
  behaviourQuestions,
  emQuestions,
  extractionQuestions,
  generalQuestions,
  measurementQuestions,
  stylePromptSets,
  traitPromptSets,
} from 'traitlab/micro/promptSets';
import { ALIGNED_PROMPTS, MISALIGNED_PROMPTS } from 'traitlab/micro/systemPrompts';
import { readQuestions } from 'traitlab/prompts/readQuestions';
import { readTraits } from 'traitlab/prompts/readTraits';

const path = (name: string): string => projectPath('data/prompts/micro', name);

test('data/prompts is what the world says, its table too, and nothing else', () => {
  const again = 'npx traitlab micro --prompts';
  const files = promptFiles();
  for (const { name, text } of files) assert.equal(readFileSync(path(name), 'utf8'), text, `${name}: ${again}`);
  assert.equal(readFileSync(projectPath('data/prompts/README.md'), 'utf8'), promptReadme(files), again);
  assert.deepEqual(readdirSync(path('.')).sort(), files.map(({ name }) => name).sort());
});

test('the files read back as the sets that the code uses', () => {
  const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  const free = (set: readonly object[]): object[] => set.map((question) => ({ type: 'free_form', ...plain(question) }));
  assert.deepEqual(readQuestions(path('general-questions.yaml')), free(generalQuestions()));
  assert.equal(readQuestions(path('general-questions.yaml'), { paraphrases: 'first' }).length, 8);
  for (const paraphrases of ['all', 'first'] as const)
    assert.deepEqual(readQuestions(path('em-questions.yaml'), { paraphrases }), free(emQuestions()));
  assert.deepEqual(readQuestions(path('behaviour-questions.jsonl')), plain(behaviourQuestions()));
  assert.deepEqual(readQuestions(path('extraction-questions.jsonl')), plain(extractionQuestions()));
  assert.deepEqual(readQuestions(path('measurement-questions.jsonl')), plain(measurementQuestions()));
  assert.deepEqual(readTraits(path('traits.yaml')), plain(traitPromptSets()));
  assert.deepEqual(readTraits(path('styles.yaml')), plain(stylePromptSets()));
  const [persona] = readTraits(path('personas.yaml'));
  assert.deepEqual([persona.positive, persona.negative], [[...ALIGNED_PROMPTS], [...MISALIGNED_PROMPTS]]);
});

test('every file has its row: count and layout are those of the file', () => {
  for (const { name, count, text } of promptFiles()) {
    const n = /personas|traits|styles/.test(name)
      ? readTraits(path(name)).reduce((sum, t) => sum + t.positive.length + t.negative.length, 0)
      : readQuestions(path(name)).length;
    assert.match(count, new RegExp(`\\b${n} (questions|prompts)$`), name);
    assert.ok(text.endsWith('\n') && !text.includes('\r'), name);
  }
});
