import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FileQuestion } from 'traitlab/prompts/fileQuestion';
import { questionsJsonl } from 'traitlab/prompts/questionsJsonl';
import { questionsYaml } from 'traitlab/prompts/questionsYaml';
import { readQuestions } from 'traitlab/prompts/readQuestions';
import { readTraits } from 'traitlab/prompts/readTraits';
import type { TraitPrompts } from 'traitlab/prompts/traitPrompts';
import { traitsYaml } from 'traitlab/prompts/traitsYaml';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { temporaryFolder } from '../helpers/temporaryFolder';

const folder = temporaryFolder();
const file = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

/** Any text that a file may hold, those that YAML could take for something else among them. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(...'a: #-\'"\n\r\t\\{}[]&*!|>%@`,?\u00a0\u2028\u0085'), maxLength: 12 }),
    fc.constantFrom('yes', 'null', '~', '0x1f', '1_0', '1e3', '.nan', '2024-01-01', '<<', '- a', 'a: b', '---', '!!str', 'é\n '), // prettier-ignore
  )
  .filter((s) => s.trim() !== '' && !s.includes('\uFFFD'));
const name = text.filter((s) => s !== '__proto__');
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
/** What is left of an object without the entries that are undefined. */
const bare = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const trait = fc
  .record({
    trait: name,
    prompts: fc.uniqueArray(text, { minLength: 2, maxLength: 5 }),
    description: optional(text),
    positiveLabel: optional(text),
    negativeLabel: optional(text),
  })
  .map(({ prompts: [first, ...rest], ...t }): TraitPrompts => bare({ ...t, positive: [first], negative: rest }));
const traits = fc.uniqueArray(trait, { minLength: 1, maxLength: 3, selector: (t) => t.trait });

test('traits come back from their YAML file as they were', () => {
  fc.assert(
    fc.property(traits, optional(text), (given, comment) => {
      assert.deepEqual(readTraits(file('traits.yaml', traitsYaml(given, comment))), given);
    }),
    { numRuns: fuzzRuns(0.2), seed: 1 },
  );
});

test('what older YAML parsers take for a switch, a number or a line break is quoted or escaped', () => {
  const odd: TraitPrompts = {
    trait: 'yes',
    positive: ['no', '1_0', 'a\u0085b\u2028\x7f'],
    negative: ['two\nlines', ' a\nb'],
  };
  assert.equal(
    traitsYaml([odd]),
    `traits:
  "yes":
    positive_system_prompts:
      - "no"
      - "1_0"
      - "a\\u0085b\\u2028\\u007f"
    negative_system_prompts:
      - |-
        two
        lines
      - " a\\nb"
`,
  );
});

const turn = fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const), content: text });
const asked = fc.record({
  topic: text,
  kind: optional(text),
  system: optional(text),
  context: optional(fc.array(turn, { minLength: 1, maxLength: 2 })),
});
const sampled = fc.record({
  type: fc.constantFrom('free_form' as const, 'free_form_0_100' as const),
  samplesPerParaphrase: optional(fc.integer({ min: 1 })),
  temperature: optional(fc.double({ min: 0, max: 2, noNaN: true }).map((t) => Math.abs(t))),
  judge: optional(text),
  judgePrompts: optional(fc.dictionary(name, text.map((s) => `${s.replace(/[{}]/g, '$&$&')}{answer}`), { minKeys: 1, maxKeys: 2 })), // prettier-ignore
});
const entry = fc.tuple(asked, sampled, fc.uniqueArray(text, { minLength: 1, maxLength: 3 }));
const questionsOf = (entries: readonly (readonly [object, object, string[]])[]): FileQuestion[] =>
  entries.flatMap(
    ([how, more, texts], i) =>
    texts.map((t, k) => bare({ ...how, ...more, id: texts.length > 1 || i % 2 === 0 ? `q${i}/${k}` : `q${i}`, text: t }) as FileQuestion), // prettier-ignore
  );

test('questions come back from their YAML file as they were, paraphrases together', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (entries) => {
      const given = questionsOf(entries);
      for (const groupParaphrases of [true, false])
        assert.deepEqual(readQuestions(file('questions.yaml', questionsYaml(given, { groupParaphrases }))), given);
    }),
    { numRuns: fuzzRuns(0.2), seed: 2 },
  );
  const themes: FileQuestion[] = ['a', 'b', 'c'].map((t, i) => ({ id: `t/${i}`, topic: 't', text: t }));
  assert.equal(
    questionsYaml([...themes, { id: 'u', topic: 'of u', text: 'd' }], {
      comment: 'two lines\nof comment',
      groupParaphrases: true,
    }),
    `# two lines
# of comment

- id: "t"
  type: "free_form"
  paraphrases:
    - "a"
    - "b"
    - "c"
- id: "u"
  type: "free_form"
  topic: "of u"
  paraphrases:
    - "d"
`,
  );
  const other: FileQuestion[] = [themes[0], { ...themes[1], kind: 'k' }];
  const apart = readQuestions(file('questions.yaml', questionsYaml(other, { groupParaphrases: true })));
  assert.deepEqual(
    apart.map(({ id, topic, kind }) => [id, topic, kind]),
    [
      ['t/0', 't', undefined],
      ['t/1', 't', 'k'],
    ],
  );
});

test('questions come back from their JSON lines as they were', () => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (entries) => {
      const given = questionsOf(entries.map(([how, , texts]) => [how, {}, texts]));
      assert.deepEqual(readQuestions(file('questions.jsonl', questionsJsonl(given))), given);
    }),
    { numRuns: fuzzRuns(0.2), seed: 3 },
  );
});

test('a file that could not be read back is not written', () => {
  const q: FileQuestion = { id: 'a', text: 'b' };
  const t: TraitPrompts = { trait: 't', positive: ['x'], negative: ['y'] };
  const cases: [() => string, string][] = [
    [() => traitsYaml([]), 'traitsYaml: no traits; expected at least one and no name twice'],
    [() => traitsYaml([t, t]), 'traitsYaml: t, t; expected at least one and no name twice'],
    [() => questionsYaml([]), 'questionsYaml: no questions; expected at least one'],
    [() => questionsYaml([q, q]), 'questionsYaml: ids there twice: a; expected different ones'],
    [() => questionsJsonl([q, q, q]), 'questionsJsonl: ids there twice: a; expected different ones'],
    [
      () => questionsJsonl([{ ...q, judge: 'j', samplesPerParaphrase: 2 } as FileQuestion]),
      'questionsJsonl: a has samplesPerParaphrase, judge; expected questionsYaml, which can hold that',
    ],
  ];
  for (const [prompt, problem] of [
    ['{answer} {x}', "{x} in a judge's prompt; expected {question}, {answer}, or {{ and }} for braces"],
    ['{question}', 'no {answer} in it; expected where the answer stands'],
  ])
    cases.push([
      () => questionsYaml([{ ...q, judgePrompts: { aligned: prompt } } as FileQuestion]),
      `questionsYaml: a: judge prompt aligned: ${problem}`,
    ]);
  for (const [write, message] of cases) assert.throws(write, { message });
});

/** Files that are read without complaint, by the reader and the ending they are for. */
const persona = JSON.stringify({ instruction: [{ pos: 'p', neg: 'n' }], questions: ['q', 'r'], eval_prompt: '{answer}' }); // prettier-ignore
const anchored = '- id: a\n  paraphrases: &p ["b", c]\n  judge_prompts: &j\n    aligned: |-\n      {answer}\n- {id: d, paraphrases: *p, judge_prompts: *j, system: e, samples_per_paraphrase: 2}\n'; // prettier-ignore
const plain: FileQuestion[] = [
  { id: 'a/0', topic: 'a', text: 'one', system: 's' },
  { id: 'a/1', topic: 'a', text: 'two', context: [{ role: 'user', content: 'u' }] },
];
const valid: readonly (readonly [(path: string) => unknown, string, string])[] = [
  [readTraits, 'm.yaml', traitsYaml([{ trait: 't', positive: ['a', 'b'], negative: ['c\nd'], description: 'e' }], 'f')],
  [readTraits, 'm.json', persona],
  [readQuestions, 'm.yaml', anchored],
  [readQuestions, 'm.yaml', questionsYaml(plain)],
  [readQuestions, 'm.jsonl', questionsJsonl(plain)],
  [readQuestions, 'm.json', persona],
];

test('damaged files are read or refused with an error of ours in one line, never anything else', () => {
  const piece = fc.oneof(
    fc.constantFrom('', '"', "'", ':', ': ', '- ', '\t', '\n', '\r\n', '{', '}', '[', ']', '&p ', '*p', '*j', '!!x ', '|', '>', '#', '---\n', '...\n', '%', '? ', '<<: *p', 'null', '0', '{x}', '}}', '\uFEFF', '\u0000', '\\u', '__proto__: '), // prettier-ignore
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const damage = fc.tuple(fc.integer({ min: 0, max: 999 }), fc.nat(3), piece);
  const refused = { yes: 0, no: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...valid), fc.array(damage, { minLength: 1, maxLength: 2 }), (sample, damages) => {
      const [read, ending, original] = sample;
      let damaged = original;
      for (const [at, length, put] of damages) {
        const i = Math.floor((at * damaged.length) / 1000);
        damaged = damaged.slice(0, i) + put + damaged.slice(i + length);
      }
      const path = file(ending, damaged);
      try {
        read(path);
        refused.no++;
      } catch (error) {
        const { message } = error as Error;
        assert.equal((error as Error).constructor, Error, message);
        assert.ok(message.startsWith(`${read.name}: ${path}`), message);
        assert.match(message, /^[^\n]*; expected [^\n]*$/);
        refused.yes++;
      }
    }),
    { numRuns: fuzzRuns(), seed: 4 },
  );
  assert.ok(refused.yes > 500 && refused.no > 50, JSON.stringify(refused));
});

test('any YAML or JSON value in the place of a file is refused, or is one', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('a.json', 'a.jsonl', 'a.yaml'), (value, ending) => {
      for (const read of [readTraits, readQuestions]) {
        const path = file(ending, JSON.stringify(value));
        try {
          read(path);
        } catch (error) {
          assert.ok((error as Error).message.startsWith(`${read.name}: ${path}`), (error as Error).message);
        }
      }
    }),
    { numRuns: fuzzRuns(0.3), seed: 5 },
  );
  for (const deep of ['['.repeat(50_000), '{"questions":'.repeat(20_000)]) {
    for (const ending of ['deep.json', 'deep.yaml'])
      assert.throws(() => readQuestions(file(ending, deep)), /^Error: readQuestions: .*deep\..*; expected /);
  }
  const laughs = Array.from({ length: 12 }, (_, i) => `- &a${i} [${i === 0 ? '"ha"' : new Array(9).fill(`*a${i - 1}`).join(', ')}]\n`); // prettier-ignore
  assert.throws(() => readQuestions(file('laughs.yaml', laughs.join(''))), /^Error: readQuestions: .*laughs\.yaml/);
});
