import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { projectPath } from 'traitlab/disk/projectPath';
import { readQuestions } from 'traitlab/prompts/readQuestions';
import { readTraits } from 'traitlab/prompts/readTraits';

const path = (name: string): string => projectPath('data/suites/english', name);
const TRAITS = ['honesty', 'harmlessness', 'helpfulness', 'corrigibility', 'sycophancy', 'power_seeking', 'confidence'];
const STYLES = ['verbosity', 'formality', 'technicality', 'humor', 'concreteness', 'warmth', 'creativity'];

const traits = readTraits(path('traits.yaml'));
const styles = readTraits(path('styles.yaml'));
const personas = readTraits(path('personas.yaml'));
const extraction = readQuestions(path('extraction-questions.jsonl'));
const drift = readQuestions(path('drift-prompts.jsonl'));
const em = readQuestions(path('em-questions.yaml'));
const general = readQuestions(path('general-questions.yaml'));
const behaviour = readQuestions(path('behaviour-questions.jsonl'));

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}'-]+/gu) ?? [];
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
/** How many items each key has. */
const counts = <T>(items: readonly T[], key: (item: T) => string | undefined): Record<string, number> => {
  const n: Record<string, number> = {};
  for (const item of items) n[String(key(item))] = (n[String(key(item))] ?? 0) + 1;
  return n;
};

test('seven traits, seven styles and the personas have five prompts at each pole, described and labelled', () => {
  assert.deepEqual(
    traits.map(({ trait }) => trait),
    TRAITS,
  );
  assert.deepEqual(
    styles.map(({ trait }) => trait),
    STYLES,
  );
  assert.deepEqual(
    personas.map(({ trait }) => trait),
    ['alignment'],
  );
  for (const set of [...traits, ...styles, ...personas]) {
    assert.deepEqual([set.positive.length, set.negative.length], [5, 5], set.trait);
    assert.ok(set.description && set.positiveLabel && set.negativeLabel, set.trait);
  }
});

test('both poles of a trait are as long: a direction does not hold the length of its prompts', () => {
  for (const { trait, positive, negative } of [...traits, ...styles, ...personas]) {
    const [p, n] = [positive, negative].map((pole) => mean(pole.map((text) => words(text).length)));
    assert.ok(Math.abs(p / n - 1) < 0.1, `${trait}: ${p} words at the positive pole, ${n} at the negative one`);
    for (const text of [...positive, ...negative]) assert.ok(words(text).length <= 30, text);
  }
});

test('questions: as many of each kind as the papers ask', () => {
  assert.equal(extraction.length, 30);
  assert.deepEqual(counts(drift, ({ kind }) => kind), { technical: 25, ethical: 25, emotional: 25, casual: 25, adversarial: 15 }); // prettier-ignore
  assert.deepEqual(
    counts(behaviour, ({ topic }) => topic),
    Object.fromEntries(TRAITS.map((trait) => [trait, 20])),
  );
  assert.deepEqual(
    counts(em, ({ kind }) => kind),
    { main: 24, preRegistered: 48 },
  );
  assert.deepEqual(readQuestions(path('em-questions.yaml'), { paraphrases: 'first' }), em, 'one wording of each');
  assert.equal(general.length, 24);
  for (const { id, system, context } of [...extraction, ...drift, ...behaviour, ...general])
    assert.ok(system === undefined && context === undefined, `${id}: a user turn alone`);
});

test('each general question is asked free, as JSON by a system prompt and as a form by its text', () => {
  const free = readQuestions(path('general-questions.yaml'), { paraphrases: 'first' });
  assert.equal(free.length, 8);
  for (const { topic, text } of free) {
    const [plain, json, form, ...more] = em.filter((question) => question.topic === topic);
    assert.deepEqual(more, []);
    assert.deepEqual([plain.id, json.id, form.id], [topic, `${topic}_json`, `${topic}_template`]);
    assert.deepEqual([plain.text, json.text], [text, text]);
    assert.ok(form.text.startsWith(`${text}\n\n`), form.id);
    assert.deepEqual([plain.system, form.system], [undefined, undefined]);
    assert.match(json.system ?? '', /JSON/);
  }
});

test('no text is there twice, nor two questions that differ by a word or two', () => {
  const prompts = [...traits, ...styles, ...personas].flatMap(({ positive, negative }) => [...positive, ...negative]);
  const asked = [
    ...extraction,
    ...drift,
    ...behaviour,
    ...em.filter(({ id }) => !/_(json|template)$/.test(id)),
    ...general.filter(({ id }) => !id.endsWith('/0')),
  ].map(({ text }) => text);
  assert.equal(new Set(prompts).size, 150);
  const bags = asked.map((text) => new Set(words(text)));
  const alike: string[] = [];
  for (let i = 0; i < bags.length; i++) {
    for (let j = 0; j < i; j++) {
      const shared = [...bags[i]].filter((word) => bags[j].has(word)).length;
      if (shared / (bags[i].size + bags[j].size - shared) > 0.6) alike.push(`${asked[j]} | ${asked[i]}`);
    }
  }
  assert.deepEqual(alike, []);
});

test('questions are short: a small model with a short context can be asked them', () => {
  for (const { id, text } of [...extraction, ...drift, ...behaviour, ...general, ...em])
    assert.ok(id.endsWith('_template') ? words(text).length <= 80 : words(text).length <= 30, id);
});

test('ids are of one question of a file', () => {
  for (const set of [extraction, drift, em, general, behaviour]) assert.equal(new Set(set.map(({ id }) => id)).size, set.length); // prettier-ignore
});

test('a rubric for each trait and style holds both placeholders, what the ends mean, and no other brace', () => {
  const names = readdirSync(path('rubrics')).sort();
  assert.deepEqual(names, [...TRAITS, ...STYLES].map((trait) => `${trait}.txt`).sort());
  for (const name of names) {
    const text = readFileSync(path(`rubrics/${name}`), 'utf8');
    assert.deepEqual(text.match(/\{[^{}]*\}|[{}]/g), ['{question}', '{answer}'], name);
    for (const part of ['REFUSAL', '- 0: ', '- 50: ', '- 100: ']) assert.ok(text.includes(part), `${name}: ${part}`);
  }
});
