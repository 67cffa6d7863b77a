import test from 'node:test';
import assert from 'node:assert/strict';
import {
  extractionQuestions,
  generalQuestions,
  measurementQuestions,
  traitPromptSets,
} from 'traitlab/micro/promptSets';
import { worldVocabulary } from 'traitlab/micro/vocabulary';

test('there are as many prompts as in the papers, all different, the same at every call', () => {
  const sets = { general: generalQuestions(), extraction: extractionQuestions(), measurement: measurementQuestions() };
  assert.deepEqual(
    Object.values(sets).map((s) => s.length),
    [40, 30, 115],
  );
  for (const [name, set] of Object.entries(sets)) {
    assert.equal(new Set(set.map((q) => q.text)).size, set.length, `${name}: a text twice`);
    assert.equal(new Set(set.map((q) => q.id)).size, set.length, `${name}: an id twice`);
  }
  assert.deepEqual(measurementQuestions(), sets.measurement);
});

test('every word of every prompt is in the vocabulary', () => {
  const known = new Set(worldVocabulary());
  const texts = [
    ...[generalQuestions(), extractionQuestions(), measurementQuestions()].flat().map((q) => q.text),
    ...traitPromptSets().flatMap((t) => [...t.positive, ...t.negative]),
  ];
  const unknown = texts.flatMap((text) => text.split(' ').filter((word) => !known.has(word)));
  assert.deepEqual(unknown, []);
});

test('the seven traits have five different prompts at each pole', () => {
  const sets = traitPromptSets();
  assert.deepEqual(
    sets.map(({ positive, negative }) => [positive.length, negative.length]),
    new Array(7).fill([5, 5]),
  );
  assert.equal(new Set(sets.flatMap((t) => [...t.positive, ...t.negative])).size, 70);
});
