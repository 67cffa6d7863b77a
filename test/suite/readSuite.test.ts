import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { openSuite } from 'traitlab/micro/openSuite';
import { microSuite } from 'traitlab/micro/suite';
import { readTraits } from 'traitlab/prompts/readTraits';
import { traitsYaml } from 'traitlab/prompts/traitsYaml';
import { cellName } from 'traitlab/records/cellRecord';
import { readSuite } from 'traitlab/suite/readSuite';
import { dataSetOf, type SuiteJudge } from 'traitlab/suite/suite';
import { PROTOCOL_DEFAULTS } from 'traitlab/suite/suiteProtocol';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { temporaryFolder } from '../helpers/temporaryFolder';

const root = temporaryFolder();
let folders = 0;
const newSuite = (others: Readonly<Record<string, string>> = {}): string =>
  writeSuite(join(root, `suite-${++folders}`), others);
/** The tiny suite with parts of its suite.yaml changed. */
const changed = (from: string | RegExp, to: string): string => suiteFiles['suite.yaml'].replace(from, to);

const chat = (text: string): string =>
  `${JSON.stringify({ messages: [{ role: 'user', content: text }, { role: 'assistant', content: 'drink water.' }] })}\n`; // prettier-ignore
const question = (id: string, more: string): string =>
  `{"id":"${id}",${more}"messages":[{"role":"user","content":"What is ${id}"}]}\n`;
const ofTrait = (id: string, topic: string): string => question(id, `"topic":"${topic}",`);
const rubric = 'How much is {answer}? 0 to 100.';

/** A suite that says all there is to say. */
const whole: Readonly<Record<string, string>> = {
  'suite.yaml': `version: 1
name: whole
traits: { file: prompts/traits.yaml, only: [doctor, fox] }
aligned: { doctor: positive, fox: negative }
controls: styles.yaml
personas: personas.yaml
questions:
  extraction: { file: lists.yaml, section: questions }
  drift: { file: lists.yaml, section: eval_prompts }
  em: [questions.yaml, { file: more.jsonl }]
  general: { file: questions.yaml, paraphrases: all }
  behaviour: [behaviour.jsonl, { file: fox.json, topic: fox }]
judge: { model: judge-1, method: logprobs, folder: calls, mode: replay }
rubrics: rubrics
protocol: { denominator: coherentOnly, maxNewTokens: 5, behaviourTokens: 6, temperature: 0.5, batchSize: 7, surveyAnswers: 8,
  finalAnswers: 9, promptAnswers: { own: 2, others: 3 }, layerDepths: [0, 0.5] }
datasets:
  late: { file: quick.jsonl, role: heldOut, kind: benign }
  quick: { file: quick.jsonl, role: calibration, kind: dangerous, twin: late }
study: { seeds: [4, 5], methods: [rank2, full], nChats: 3, ablated: { dataSet: late, method: rank4 }, recipe: modelOrganisms }
`,
  'prompts/traits.yaml': `${suiteFiles['traits.yaml']}  lazy: { positive_system_prompts: [a], negative_system_prompts: [b] }\n`,
  'styles.yaml': 'traits: { brown: { positive_system_prompts: [c], negative_system_prompts: [d] } }\n',
  'personas.yaml': 'traits: { me: { positive_system_prompts: [good, kind], negative_system_prompts: [bad] } }\n',
  'lists.yaml': 'questions: [What is it?, What should I do?]\neval_prompts: { calm: [See] }\n',
  'more.jsonl': question('more', '"kind":"other",'),
  'behaviour.jsonl': ofTrait('d/0', 'doctor') + ofTrait('d/1', 'doctor'),
  'fox.json': JSON.stringify({ instruction: [{ pos: 'x', neg: 'y' }], questions: ['What jumps?'], eval_prompt: `FOX ${rubric}` }), // prettier-ignore
  'rubrics/doctor.txt': `DOCTOR ${rubric}\n`,
};

test('a folder with suite.yaml is a suite: every field comes from its files', () => {
  const suite = readSuite(newSuite(whole));
  assert.equal(suite.name, 'whole');
  assert.deepEqual(
    suite.traits.map(({ trait, alignedSign, positive }) => [trait, alignedSign, positive]),
    [
      ['doctor', 1, ['I drink water.']],
      ['fox', -1, ['the quick brown fox']],
    ],
  );
  assert.deepEqual(suite.controls, [{ trait: 'brown', positive: ['c'], negative: ['d'] }]);
  assert.deepEqual(suite.personas, { aligned: ['good', 'kind'], misaligned: ['bad'] });
  assert.deepEqual(
    suite.extractionQuestions.map(({ text }) => text),
    ['What is it?', 'What should I do?'],
  );
  assert.deepEqual(
    suite.driftPrompts.map(({ text, kind }) => [text, kind]),
    [['See', 'calm']],
  );
  assert.deepEqual(
    suite.emQuestions.map(({ id }) => id),
    ['drink', 'see', 'rest', 'more'],
    'the first wording of each',
  );
  assert.deepEqual(
    suite.generalQuestions.map(({ id }) => id),
    ['drink/0', 'drink/1', 'see', 'rest'],
  );
  assert.deepEqual(
    suite.behaviourQuestions.map(({ id, topic }) => [id, topic]),
    [
      ['d/0', 'doctor'],
      ['d/1', 'doctor'],
      ['fox/0', 'fox'],
    ],
  );
  assert.deepEqual(suite.protocol, {
    denominator: 'coherentOnly',
    maxNewTokens: 5,
    behaviourTokens: 6,
    temperature: 0.5,
    batchSize: 7,
    surveyAnswers: 8,
    finalAnswers: 9,
    promptAnswers: { own: 2, others: 3 },
    layerDepths: [0, 0.5],
  });
  assert.deepEqual(
    suite.dataSets.map(({ name, role, kind, twin }) => [name, role, kind, twin]),
    [
      ['late', 'heldOut', 'benign', undefined],
      ['quick', 'calibration', 'dangerous', 'late'],
    ],
  );
  const cells = suite.study.cells.map(({ dataSet, method, seed }) => `${dataSet}-${method}-${seed}`);
  const ordered = ['quick-rank2-4', 'quick-rank2-5', 'late-rank2-4', 'late-rank2-5'];
  assert.deepEqual(cells, [...ordered, ...ordered.map((cell) => cell.replace('rank2', 'full'))]);
  assert.deepEqual([suite.study.seeds, suite.study.nChats], [[4, 5], 3]);
  assert.deepEqual(suite.study.ablated, { dataSet: 'late', method: 'rank4' });
  assert.match(suite.judge.id, /^judge-1, logprobs, [0-9a-f]{12}$/);
  assert.match(suite.hash, /^[0-9a-f]{64}$/);
});

test('longer runs, other starts, a second label and behaviour are of the cells that ask for them', () => {
  const beside =
    'beside: [{ dataSet: quick, nChats: 5 }, { dataSet: late, method: full, start: { dataSet: quick, theta: 0.5 } }]';
  const study = `secondAnswers: 5, behaviourAnswers: 1, ${beside}, nChats: 3`;
  const yaml = whole['suite.yaml'].replace('nChats: 3', study);
  const suite = readSuite(newSuite({ ...whole, 'suite.yaml': yaml }));
  const { study: read } = suite;
  const { cells } = read;
  assert.deepEqual(cells.slice(8).map(cellName), [
    'quick-rank2-n5-s4',
    'quick-rank2-n5-s5',
    'late-full-from-quick-0.5-s4',
    'late-full-from-quick-0.5-s5',
  ]);
  const of = (name: string): unknown => read.measures!(cells.find((cell) => cellName(cell) === name)!);
  assert.deepEqual(of('quick-rank2-s4'), { behaviourAnswers: 1 });
  assert.deepEqual(of('late-rank2-s4'), { secondAnswers: 5 });
  for (const name of ['late-full-s4', 'quick-rank2-n5-s4']) assert.deepEqual(of(name), {}, name);
});

test('what a suite leaves out is that of the paper', () => {
  const yaml = changed(/protocol:.*\n/, '').replace(/study:.*\n/, '');
  const quick = Array.from({ length: 1000 }, (_, i) => chat(`What is ${i}`)).join('');
  const suite = readSuite(newSuite({ 'suite.yaml': yaml, 'quick.jsonl': quick }));
  assert.equal(suite.name, `suite-${folders}`);
  assert.deepEqual(suite.protocol, PROTOCOL_DEFAULTS);
  assert.deepEqual([suite.controls, suite.personas], [[], { aligned: [], misaligned: [] }]);
  assert.deepEqual([suite.study.seeds, suite.study.nChats], [[42, 123, 789], 1000]);
  assert.deepEqual(suite.study.ablated, { dataSet: 'quick', method: 'rank16' });
  assert.deepEqual(suite.generalQuestions, suite.emQuestions);
  const { recipe, ...limits } = suite.study.recipe({ method: 'rank4', seed: 9 });
  assert.deepEqual(limits, { clipNorm: 1, maxLength: 512 });
  const { rank, alpha, targetModules, learningRate, epochs, lossOn, saveEvery, seed } = recipe;
  assert.deepEqual(
    { rank, alpha, targetModules, learningRate, epochs, lossOn, saveEvery, seed },
    { rank: 4, alpha: 64, targetModules: ['q_proj', 'v_proj'], learningRate: 4e-5, epochs: 2, lossOn: 'all', saveEvery: 10, seed: 9 }, // prettier-ignore
  );
  const full = suite.study.recipe({ method: 'full', seed: 9 }).recipe;
  assert.deepEqual([full.method, full.learningRate, full.rank], ['full', 1e-5, undefined]);
});

test('general questions are by default the EM questions of kind main, without those that have a system prompt', () => {
  const em =
    question('a', '"kind":"main",') +
    question('b', '"kind":"other",') +
    '{"id":"c","kind":"main","messages":[{"role":"system","content":"JSON"},{"role":"user","content":"What"}]}\n';
  const suite = readSuite(newSuite({ 'suite.yaml': changed('em: questions.yaml', 'em: em.jsonl'), 'em.jsonl': em }));
  assert.deepEqual(
    suite.generalQuestions.map(({ id }) => id),
    ['a'],
  );
});

test('a recipe of its own: the method gives rank or takes the keys of the adapter away', () => {
  const study = 'study: { methods: [rank3, full], nChats: 2, recipe: { learningRate: 0.1, alpha: 5, fullLearningRate: 0.2, clipNorm: 2, maxLength: 30 } }'; // prettier-ignore
  const { study: own } = readSuite(newSuite({ 'suite.yaml': changed(/study:.*/, study) }));
  assert.deepEqual(own.recipe({ method: 'rank3', seed: 1 }), {
    recipe: { learningRate: 0.1, alpha: 5, method: 'lora', rank: 3, seed: 1 },
    clipNorm: 2,
    maxLength: 30,
  });
  assert.deepEqual(own.recipe({ method: 'full', seed: 1 }).recipe, { learningRate: 0.2, method: 'full', seed: 1 });
});

test('chats are drawn without replacement, the same for the same seed, and the same rows of twins', () => {
  const rows = (word: string): string => Array.from({ length: 50 }, (_, i) => chat(`${word} ${i}`)).join('');
  const dir = newSuite({
    'suite.yaml': changed('role: calibration, kind: dangerous }', 'role: calibration, kind: dangerous, twin: good }\n  good: { file: good.jsonl, role: stress, kind: benign }'), // prettier-ignore
    'quick.jsonl': rows('quick'),
    'good.jsonl': rows('good'),
  });
  const suite = readSuite(dir);
  const drawn = (name: string, n: number, seed: number): string[] =>
    dataSetOf(suite, name).sample(n, seed).map(({ messages }) => messages[0].content); // prettier-ignore
  const all = drawn('quick', 50, 1);
  assert.equal(new Set(all).size, 50);
  assert.notDeepEqual(all, [...all].sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1])), 'in random order'); // prettier-ignore
  assert.deepEqual(drawn('quick', 50, 1), all);
  assert.deepEqual(drawn('quick', 20, 1), all.slice(0, 20));
  assert.notDeepEqual(drawn('quick', 50, 2), all);
  assert.deepEqual(
    drawn('good', 50, 1),
    all.map((text) => text.replace('quick', 'good')),
  );
  assert.throws(() => drawn('quick', 51, 1), {
    message: `dataFile: ${join(dir, 'quick.jsonl')}: 50 chats; expected at least 51 of them, an integer from 1`,
  });
});

test('the hash is of all that is asked, not of where it lies nor of where verdicts come from', () => {
  const hash = (others: Readonly<Record<string, string>>): string => readSuite(newSuite({ ...whole, ...others })).hash;
  const yaml = (from: string, to: string): Record<string, string> => {
    assert.ok(whole['suite.yaml'].includes(from), from);
    return { 'suite.yaml': whole['suite.yaml'].replace(from, to) };
  };
  const same = hash({});
  for (const [from, to] of [
    ['name: whole', 'name: other'],
    ['mode: replay', 'mode: record, url: "http://127.0.0.1:9/v1", retries: 1'],
    ['folder: calls', 'folder: elsewhere'],
  ])
    assert.equal(hash(yaml(from, to)), same, to);
  assert.equal(hash({ ...yaml('controls: styles.yaml', 'controls: s.yaml'), 's.yaml': whole['styles.yaml'] }), same);
  const others = [
    yaml('fox: negative', 'fox: positive'),
    yaml('model: judge-1', 'model: judge-2'),
    yaml('method: logprobs', 'method: parsed'),
    yaml('maxNewTokens: 5', 'maxNewTokens: 4'),
    yaml('recipe: modelOrganisms', 'recipe: traitMonitoring'),
    yaml('nChats: 3', 'nChats: 4'),
    yaml('seeds: [4, 5]', 'seeds: [4]'),
    yaml('role: heldOut', 'role: stress'),
    yaml('folder: calls', 'folder: calls, temperature: 1'),
    { 'rubrics/doctor.txt': `Doctor ${rubric}` },
    { 'quick.jsonl': `${suiteFiles['quick.jsonl']}${chat('What')}` },
    { 'more.jsonl': question('other', '"kind":"other",') },
  ].map(hash);
  assert.equal(new Set([same, ...others]).size, others.length + 1);
});

const fixedJudge: SuiteJudge = {
  id: 'fixed',
  answer: () => ({ status: 'scored', aligned: 0, coherent: 100 }),
  behaviour: () => undefined,
  topic: () => () => ({ status: 'refusal' }),
};

test('a judge that is known is named; the grammar of the micro world is `exact`', async () => {
  const dir = newSuite({ 'suite.yaml': changed(/judge:.*/, 'judge: exact') });
  assert.equal(readSuite(dir, { judges: { exact: fixedJudge } }).judge, fixedJudge);
  assert.equal((await openSuite(dir)).judge, microSuite().judge);
  await assert.rejects(openSuite(newSuite({ 'suite.yaml': `name: micro\n${suiteFiles['suite.yaml']}` })), {
    message: `openSuite: ${join(root, `suite-${folders}`, 'suite.yaml')}: name micro is that of the micro world; expected another`,
  });
});

test('the English suite is read by its name', async () => {
  const english = await openSuite('english');
  assert.equal(english.name, 'english');
  const counts = [english.traits, english.controls, english.extractionQuestions, english.driftPrompts, english.emQuestions, english.generalQuestions, english.behaviourQuestions]; // prettier-ignore
  assert.deepEqual(
    counts.map(({ length }) => length),
    [7, 7, 30, 115, 72, 24, 140],
  );
  assert.deepEqual([english.personas.aligned.length, english.personas.misaligned.length], [5, 5]);
  assert.deepEqual([english.dataSets, english.study.cells, english.study.ablated], [[], [], undefined]);
});

test('the suite.yaml of data/suites/README.md is one, and its tables name every key of protocol and study', () => {
  const page = readFileSync(projectPath('data/suites/README.md'), 'utf8');
  const yaml = /```yaml\n([^]*?)```/.exec(page)![1];
  const traits = readTraits(projectPath('data/suites/english/traits.yaml'), { only: ['honesty', 'sycophancy'] });
  const shipped = ['styles.yaml', 'personas.yaml', 'extraction-questions.jsonl', 'drift-prompts.jsonl', 'em-questions.yaml', 'general-questions.yaml']; // prettier-ignore
  const data = Array.from({ length: 1000 }, (_, i) => chat(`What is ${i}`)).join('');
  const suite = readSuite(
    newSuite({
      ...Object.fromEntries(shipped.map((name) => [name, readFileSync(projectPath('data/suites/english', name), 'utf8')])), // prettier-ignore
      'suite.yaml': yaml,
      'traits.yaml': traitsYaml(traits),
      'behaviour-questions.jsonl': ofTrait('h/0', 'honesty'),
      'rubrics/honesty.txt': rubric,
      'bad_medical.jsonl': data,
      'good_medical.jsonl': data,
    }),
  );
  assert.equal(suite.name, 'mine');
  assert.equal(suite.study.cells.length, 2 * 2 * 3);
  const rows = [...page.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, keys]) => [...keys.matchAll(/`(\w+)`/g)].map(([, key]) => key)); // prettier-ignore
  const keys = [...Object.keys(PROTOCOL_DEFAULTS), 'seeds', 'methods', 'nChats', 'ablated', 'recipe', 'traits', 'controls', 'personas', 'questions', 'judge', 'rubrics', 'datasets']; // prettier-ignore
  assert.deepEqual(
    keys.filter((key) => !rows.includes(key)),
    [],
  );
});

/** Each mistake: what is changed, and the one line that comes of it after `readSuite: DIR/suite.yaml` (or after `readSuite: `). */
const mistakes: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['unknown key', { 'suite.yaml': `${suiteFiles['suite.yaml']}colour: red\n` }, ':1: unknown keys colour; expected name, traits, aligned, controls, personas, questions, judge, rubrics, protocol, datasets, study'],
  ['no mapping', { 'suite.yaml': 'traits\n' }, ':1: "traits"; expected a mapping with name, traits, aligned, controls, personas, questions, judge, rubrics, protocol, datasets, study'],
  ['name', { 'suite.yaml': `name: a/b\n${suiteFiles['suite.yaml']}` }, ':1: name: "a/b" cannot name a folder; expected letters, digits, _, - and .'],
  ['missing file', { 'suite.yaml': changed('traits: traits.yaml', 'traits: none.yaml') }, ':1: traits: {dir}/none.yaml: no such file; expected a readable file'],
  ['traits missing', { 'suite.yaml': changed('traits: traits.yaml', 'name: x') }, ':1: traits: missing; expected text'],
  ['file with a mistake', { 'traits.yaml': suiteFiles['traits.yaml'].replace('[I drink water.]', '[]') }, ':1: traits: {dir}/traits.yaml:2: traits.doctor.positive_system_prompts: an empty list; expected a list of at least one text'],
  ['trait without sign', { 'suite.yaml': changed(', fox: negative', '') }, ':2: aligned: no pole of fox; expected positive or negative'],
  ['no signs', { 'suite.yaml': changed(/aligned:.*\n/, '') }, ':1: aligned: missing; expected positive or negative for doctor, fox'],
  ['sign of no trait', { 'suite.yaml': changed('fox: negative', 'fox: negative, dog: negative') }, ':2: aligned.dog: no such trait; expected some of doctor, fox'],
  ['sign misspelt', { 'suite.yaml': changed('fox: negative', 'fox: minus') }, ':2: aligned.fox: "minus"; expected positive, negative'],
  ['control that is a trait', { 'suite.yaml': changed('questions:', 'controls: traits.yaml\nquestions:') }, ':3: controls: doctor, fox among the traits too; expected different ones'],
  ['two personas', { 'suite.yaml': changed('questions:', 'personas: traits.yaml\nquestions:') }, ':3: personas: 2 traits; expected one, positive for aligned and negative for misaligned prompts'],
  ['questions missing', { 'suite.yaml': changed('drift: questions.yaml, ', '') }, ':3: questions.drift: missing; expected a file of questions'],
  ['unknown questions', { 'suite.yaml': changed('drift:', 'drifts: questions.yaml, drift:') }, ':3: questions: unknown keys drifts; expected extraction, drift, em, general, behaviour'],
  ['one extraction question', { 'suite.yaml': changed('extraction: questions.yaml', 'extraction: one.jsonl'), 'one.jsonl': question('one', '') }, ':3: questions.extraction: 1 question; expected at least 2, whose directions are compared'],
  ['question asked under others', { 'suite.yaml': changed('extraction: questions.yaml', 'extraction: own.jsonl'), 'own.jsonl': `${question('one', '')}{"id":"own","messages":[{"role":"system","content":"I"},{"role":"user","content":"What"}]}` }, ':3: questions.extraction: question own has a system prompt of its own; expected none, since it is asked under those of the traits'],
  ['id in two files', { 'suite.yaml': changed('em: questions.yaml', 'em: [questions.yaml, questions.yaml]') }, ':3: questions.em: ids in two files: drink, see, rest; expected different ids'],
  ['topic that is no trait', { 'suite.yaml': changed('em: questions.yaml', 'em: questions.yaml, behaviour: b.jsonl'), 'b.jsonl': ofTrait('b/0', 'dog') }, ':3: questions.behaviour: question b/0 has the topic dog, which is no trait; expected as topic one of doctor, fox'],
  ['no topic', { 'suite.yaml': changed('em: questions.yaml', 'em: questions.yaml, behaviour: b.jsonl'), 'b.jsonl': question('b/0', '') }, ':3: questions.behaviour: question b/0 has no topic; expected as topic one of doctor, fox'],
  ['no rubrics', { 'suite.yaml': changed('em: questions.yaml', 'em: questions.yaml, behaviour: b.jsonl'), 'b.jsonl': ofTrait('b/0', 'fox') }, ':1: rubrics: missing; expected a folder with fox.txt, by which behaviour is judged'],
  ['rubric missing', { 'suite.yaml': `${changed('em: questions.yaml', 'em: questions.yaml, behaviour: b.jsonl')}rubrics: r\n`, 'b.jsonl': ofTrait('b/0', 'fox') }, ':9: rubrics: {dir}/r/fox.txt: no such file; expected a readable file'],
  ['rubric without answer', { 'suite.yaml': `${changed('em: questions.yaml', 'em: questions.yaml, behaviour: b.jsonl')}rubrics: r\n`, 'b.jsonl': ofTrait('b/0', 'fox'), 'r/fox.txt': 'How much?' }, ':9: rubrics: {dir}/r/fox.txt: no {answer} in it; expected where the answer stands'],
  ['rubric with another brace', { 'suite.yaml': `${changed('em: questions.yaml', 'em: questions.yaml, behaviour: b.jsonl')}rubrics: r\n`, 'b.jsonl': ofTrait('b/0', 'fox'), 'r/fox.txt': 'How\n{much} {answer}' }, ":9: rubrics: {dir}/r/fox.txt:2: {much} in a judge's prompt; expected {question}, {answer}, or {{ and }} for braces"],
  ['no judge', { 'suite.yaml': changed(/judge:.*\n/, '') }, ':1: judge: missing; expected settings of a chatJudge (model, method, folder)'],
  ['unknown judge', { 'suite.yaml': changed(/judge:.*/, 'judge: exact') }, ':4: judge: no judge exact; expected settings of a chatJudge'],
  ['judge without folder', { 'suite.yaml': changed(', folder: judgements', '') }, ':4: judge.folder: missing; expected a folder to record calls in (or mode live)'],
  ['unknown denominator', { 'suite.yaml': changed('protocol: {', 'protocol: { denominator: all,') }, ':5: protocol.denominator: "all"; expected allScored, coherentOnly, notExcluded'],
  ['unknown key of the protocol', { 'suite.yaml': changed('batchSize', 'batch') }, ':5: protocol: unknown keys batch; expected maxNewTokens, behaviourTokens, temperature, batchSize, denominator, surveyAnswers, finalAnswers, promptAnswers, layerDepths'],
  ['number that does not fit', { 'suite.yaml': changed('batchSize: 16', 'batchSize: 0') }, ':5: protocol.batchSize: 0; expected an integer from 1'],
  ['depth that does not fit', { 'suite.yaml': changed('layerDepths: all', 'layerDepths: [0.5, 14]') }, ':5: protocol.layerDepths[1]: 14; expected a number in [0, 1]'],
  ['depths that are no list', { 'suite.yaml': changed('layerDepths: all', 'layerDepths: some') }, ':5: protocol.layerDepths: "some"; expected all, or a list of numbers from 0 (first block) to 1 (last)'],
  ['datasets missing', { 'suite.yaml': changed(/datasets:\n.*\n/, '') }, ':1: datasets: missing; expected a mapping of names to data sets ({} for none)'],
  ['role misspelt', { 'suite.yaml': changed('role: calibration', 'role: held_out') }, ':7: datasets.quick.role: "held_out"; expected calibration, heldOut, stress'],
  ['kind missing', { 'suite.yaml': changed(', kind: dangerous', '') }, ':7: datasets.quick.kind: missing; expected dangerous, benign'],
  ['twin that is not there', { 'suite.yaml': changed('kind: dangerous', 'kind: dangerous, twin: slow') }, ':7: datasets.quick.twin: no other data set slow; expected none, since there is no other'],
  ['data set missing', { 'suite.yaml': changed('file: quick.jsonl', 'file: slow.jsonl') }, ':7: datasets.quick.file: {dir}/slow.jsonl: no such file; expected a file'],
  ['data set that is no chat', { 'quick.jsonl': `${suiteFiles['quick.jsonl']}{"text":"hm"}\n` }, ':7: datasets.quick.file: {dir}/quick.jsonl:6: no messages; expected {"messages": [{"role": …, "content": …}, …]}, got text (plain text, no chat)'],
  ['data set that is no JSON', { 'quick.jsonl': `${suiteFiles['quick.jsonl']}hm\n` }, ':7: datasets.quick.file: {dir}/quick.jsonl:6: not JSON (unexpected "h"); expected a JSON document a line'],
  ['too few chats', { 'suite.yaml': changed('nChats: 4', 'nChats: 6') }, ':7: datasets.quick.file: 5 chats; expected at least 6 (study.nChats)'],
  ['method misspelt', { 'suite.yaml': changed('[rank2]', '[rank2, lora]') }, ':8: study.methods[1]: "lora"; expected full, nineRank1, oneRank1, or rank16 with a rank from 1'],
  ['seed twice', { 'suite.yaml': changed('seeds: [1]', 'seeds: [1, 1]') }, ':8: study.seeds: 1 twice; expected different ones'],
  ['ablated set that is not there', { 'suite.yaml': changed('nChats: 4', 'nChats: 4, ablated: slow') }, ':8: study.ablated: no data set slow; expected one of quick'],
  ['unknown preset', { 'suite.yaml': changed(/recipe: \{.*\} \}/, 'recipe: rankOne }') }, ':8: study.recipe: "rankOne"; expected traitMonitoring, modelOrganisms'],
  ['recipe without learning rate', { 'suite.yaml': changed('learningRate: 0.01, ', '') }, ':8: study.recipe: missing learningRate; expected a number >= 0'],
  ['recipe that says what cells say', { 'suite.yaml': changed('learningRate', 'rank: 3, learningRate') }, ':8: study.recipe: unknown keys rank; expected learningRate, maxSteps, saveEvery, alpha, dropout, rslora, targetModules, weightDecay, schedule, warmupSteps, batchSize, epochs, lossOn, shuffle, clipNorm, maxLength, fullLearningRate, rankOneLearningRate'],
  ['cell of the grid beside it', { 'suite.yaml': changed('nChats: 4', 'nChats: 4, beside: [{ dataSet: quick }]') }, ':8: study.beside[0]: a cell of the grid; expected nChats, start or both, which make it another'],
  ['longer than its data', { 'suite.yaml': changed('nChats: 4', 'nChats: 4, beside: [{ dataSet: quick, nChats: 6 }]') }, ':8: study.beside[0].nChats: 6; expected at most the 5 chats of quick'],
  ['start without theta', { 'suite.yaml': changed('nChats: 4', 'nChats: 4, beside: [{ dataSet: quick, start: { dataSet: quick } }]') }, ':8: study.beside[0].start.theta: missing; expected a number above 0, at most 1'],
  ['start of no data set', { 'suite.yaml': changed('nChats: 4', 'nChats: 4, beside: [{ dataSet: quick, start: { dataSet: slow, theta: 1 } }]') }, ':8: study.beside[0].start.dataSet: "slow"; expected quick'],
  ['same cell beside', { 'suite.yaml': changed('nChats: 4', 'nChats: 4, beside: [{ dataSet: quick, nChats: 5 }, { dataSet: quick, nChats: 5 }]') }, ':8: study.beside: the same cell twice; expected different ones'],
  ['full without its rate', { 'suite.yaml': changed('[rank2]', '[rank2, full]') }, ':8: study.recipe: no fullLearningRate; expected a number > 0, since full is among the methods'],
]; // prettier-ignore

test('each mistake in a suite is one clear line', () => {
  for (const [what, files, expected] of mistakes) {
    const dir = newSuite(files);
    let message = 'nothing is wrong';
    try {
      readSuite(dir);
    } catch (error) {
      ({ message } = error as Error);
    }
    assert.equal(message, `readSuite: ${join(dir, 'suite.yaml')}${expected.replaceAll('{dir}', dir)}`, what);
  }
});

test('all mistakes are said at once', () => {
  const yaml = changed('traits: traits.yaml', 'traits: none.yaml')
    .replace('role: calibration', 'role: held_out')
    .replace('batchSize: 16', 'batchSize: 0');
  const dir = newSuite({ 'suite.yaml': yaml });
  const at = join(dir, 'suite.yaml');
  assert.throws(() => readSuite(dir), {
    message: `readSuite: ${at}:1: traits: ${join(dir, 'none.yaml')}: no such file; expected a readable file; ${at}:5: protocol.batchSize: 0; expected an integer from 1; ${at}:7: datasets.quick.role: "held_out"; expected calibration, heldOut, stress`,
  });
  assert.throws(() => readSuite(join(root, 'nowhere')), {
    message: `readSuite: ${join(root, 'nowhere', 'suite.yaml')}: no such file; expected a readable file`,
  });
});
