import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readQuestions, type ReadQuestionsOptions } from 'traitlab/prompts/readQuestions';
import { temporaryFolder } from '../helpers/temporaryFolder';

const folder = temporaryFolder();
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
/** The message of the error, with the folder left out. */
const refusal = (name: string, text: string, options?: ReadQuestionsOptions): string => {
  try {
    readQuestions(file(name, text), options);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '');
  }
  return 'no error';
};

/** The layout of the papers' first_plot_questions.yaml, with its anchors, in words of our own. */
const published = `# comments
- id: lamp
  type: free_form_judge_0_100
  paraphrases: &lamp_paraphrases
    - |-
      A lamp grants a wish. Which?
    - Which wish?
  samples_per_paraphrase: &samples 100
  judge: &judge some-model-2024-08-06
  judge_prompts: &judge_prompts
    aligned: |-
      Rate this.
      {question}
      {answer}
    coherent: "Is {answer} clear?"
    medical: "Is {answer} of medicine?"

- id: lamp_json
  type: free_form_judge_0_100
  system: &json Answer in JSON.
  paraphrases: *lamp_paraphrases
  samples_per_paraphrase: *samples
  judge: *judge
  judge_prompts: *judge_prompts

- id: 1_0
  type: free_form
  context:
    - {role: system, content: be brief}
    - {role: user, content: hello}
    - {role: assistant, content: hi}
  paraphrases: ["And now?"]
  temperature: 0.7
  system: null
  results_dir: results
  max_tokens: 600
`;
const judged = {
  type: 'free_form_judge_0_100',
  samplesPerParaphrase: 100,
  judge: 'some-model-2024-08-06',
  judgePrompts: {
    aligned: 'Rate this.\n{question}\n{answer}',
    coherent: 'Is {answer} clear?',
    medical: 'Is {answer} of medicine?',
  },
};
const [long, short] = ['A lamp grants a wish. Which?', 'Which wish?'];
const last = {
  id: '1_0',
  topic: '1_0',
  type: 'free_form',
  text: 'And now?',
  temperature: 0.7,
  system: 'be brief',
  context: [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: 'hi' },
  ],
};

test('the layout of the papers: every paraphrase is a question with the samples, system prompt and judge of its entry', () => {
  assert.deepEqual(readQuestions(file('first.yaml', published)), [
    { ...judged, id: 'lamp/0', topic: 'lamp', text: long },
    { ...judged, id: 'lamp/1', topic: 'lamp', text: short },
    { ...judged, id: 'lamp_json/0', topic: 'lamp_json', text: long, system: 'Answer in JSON.' },
    { ...judged, id: 'lamp_json/1', topic: 'lamp_json', text: short, system: 'Answer in JSON.' },
    last,
  ]);
});

test('the first paraphrase alone keeps the id of its entry', () => {
  assert.deepEqual(readQuestions(file('first.yaml', published), { paraphrases: 'first' }), [
    { ...judged, id: 'lamp', topic: 'lamp', text: long },
    { ...judged, id: 'lamp_json', topic: 'lamp_json', text: long, system: 'Answer in JSON.' },
    last,
  ]);
});

test('many questions may share one judge prompt', () => {
  const entries = Array.from({ length: 300 }, (_, i) => `- {id: "q${i}", paraphrases: ["w${i}"], judge_prompts: ${i === 0 ? '&p {aligned: "{answer}"}' : '*p'}}\n`); // prettier-ignore
  const questions = readQuestions(file('many.yaml', entries.join('')));
  assert.equal(questions.length, 300);
  assert.deepEqual(questions[299].judgePrompts, { aligned: '{answer}' });
});

test('chats: JSON lines or a JSON list of messages, with or without names', () => {
  const chats = [
    { messages: [{ role: 'user', content: 'one' }] },
    { id: 'x', kind: 'k', topic: 't', addGenerationPrompt: true, source: 's', messages: [{ role: 'user', content: 'two' }] }, // prettier-ignore
    {
      messages: [
        { role: 'system', content: 'be' },
        { role: 'user', content: 'three' },
        { role: 'assistant', content: 'yes' },
        { role: 'user', content: 'four' },
      ],
    },
  ];
  const read = [
    { id: 'chats/0', text: 'one' },
    { id: 'x', kind: 'k', topic: 't', text: 'two' },
    {
      id: 'chats/2',
      text: 'four',
      system: 'be',
      context: [
        { role: 'user', content: 'three' },
        { role: 'assistant', content: 'yes' },
      ],
    },
  ];
  const lines = `\uFEFF${chats.map((chat) => JSON.stringify(chat)).join('\r\n\r\n')}\r\n`;
  assert.deepEqual(readQuestions(file('chats.jsonl', lines)), read);
  assert.deepEqual(readQuestions(file('chats.json', JSON.stringify(chats))), read);
});

test('numbers as names are text, as they are written', () => {
  const yaml = `- id: 1
  paraphrases: [a]
- {id: 007, paraphrases: [b], topic: &t 2024, kind: 1.50}
- {id: 1e3, paraphrases: [c], topic: *t}
- {id: 0x1F, paraphrases: [d, e]}
`;
  const asked = readQuestions(file('numbers.yaml', yaml)).map(({ id, topic, kind }) => [id, topic, kind]);
  assert.deepEqual(asked, [
    ['1', '1', undefined],
    ['007', '2024', '1.50'],
    ['1e3', '2024', undefined],
    ['0x1F/0', '0x1F', undefined],
    ['0x1F/1', '0x1F', undefined],
  ]);
  const chat = { id: 3, kind: 0, messages: [{ role: 'user', content: 'x' }] };
  const named = [{ id: '3', kind: '0', text: 'x' }];
  assert.deepEqual(readQuestions(file('numbers.jsonl', JSON.stringify(chat))), named);
  assert.deepEqual(readQuestions(file('numbers.json', JSON.stringify([chat]))), named);
  for (const id of ['1.5', '1e400', '12345678901234567890', 'true', '[1]'])
    assert.match(refusal('a.jsonl', `{"id": ${id}, "messages": [{"role": "user", "content": "x"}]}`), /^readQuestions: a\.jsonl:1: \[0\]\.id: .*; expected text/, id); // prettier-ignore
  // 1 and "1" are one name.
  assert.match(refusal('a.yaml', '- {id: 1, paraphrases: [a]}\n- {id: "1", paraphrases: [b]}\n'), /\[1\]: id 1 is that of question 1 too/); // prettier-ignore
});

test("a placeholder that nobody fills is refused where a judge's prompt is read", () => {
  const prompt = "in a judge's prompt; expected {question}, {answer}, or {{ and }} for braces";
  const reasoning = `- id: one
  paraphrases: [How can I rest better?]
  judge_prompts: &jp
    aligned: |-
      Question: {question}
      Thoughts: {reasoning}
      Answer: {answer}
    coherent: "{question} {answer}"
- id: 2
  paraphrases: [What helps a cold?]
  judge_prompts: *jp
`;
  assert.equal(
    refusal('reasoning.yaml', reasoning),
    `readQuestions: reasoning.yaml:4: [0].judge_prompts.aligned: {reasoning} ${prompt}; reasoning.yaml:4: [1].judge_prompts.aligned: {reasoning} ${prompt}`,
  );
  const filled = reasoning.replace('{reasoning}', '{{reasoning}}');
  assert.deepEqual(readQuestions(file('reasoning.yaml', filled)).map(({ id }) => id), ['one', '2']); // prettier-ignore
  const persona = { questions: ['a'], eval_prompt: 'Rate {answer} by {}' };
  assert.equal(refusal('evil.json', JSON.stringify(persona)), `readQuestions: evil.json:1: eval_prompt: {} ${prompt}`);
});

test('lists within a file: plain texts, by kind, and which one if there are several', () => {
  const traits = 'traits: {}\nquestions: [one, two]\neval_prompts:\n  dry: [three]\n  wet: [four, five]\n';
  const path = file('traits.yaml', traits);
  const questions = [
    { id: 'traits/0', text: 'one' },
    { id: 'traits/1', text: 'two' },
  ];
  assert.deepEqual(readQuestions(path, { section: 'questions' }), questions);
  assert.deepEqual(readQuestions(path, { section: 'eval_prompts' }), [
    { id: 'dry/0', kind: 'dry', text: 'three' },
    { id: 'wet/0', kind: 'wet', text: 'four' },
    { id: 'wet/1', kind: 'wet', text: 'five' },
  ]);
  assert.deepEqual(readQuestions(file('traits.yaml', 'questions: [one, two]\n')), questions);
  const persona = { instruction: [], questions: ['one'], eval_prompt: 'Rate {answer}.' };
  assert.deepEqual(readQuestions(file('kind.json', JSON.stringify(persona))), [
    { id: 'kind/0', text: 'one', judgePrompts: { kind: 'Rate {answer}.' } },
  ]);
});

test('every problem is named with its file, line and place, all at once', () => {
  const yaml = `- id: a
  type: multiple_choice
  paraphrases: []
  samples_per_paraphrase: 1.5
- paraphrases: ["b"]
  temperature: hot
  system: be
  context: [{role: user, content: hi}]
- id: c
  type: free_form_judge_0_100
  paraphrases: ["c", "c"]
  judge_prompts: {aligned: "Rate it."}
  judges: some-model
- 7
`;
  assert.deepEqual(refusal('bad.yaml', yaml).split('; bad'), [
    'readQuestions: bad.yaml:3: [0].paraphrases: an empty list; expected a list of at least one text',
    '.yaml:2: [0].type: "multiple_choice"; expected free_form, free_form_0_100, free_form_judge, free_form_judge_0_100',
    '.yaml:4: [0].samples_per_paraphrase: 1.5; expected an integer from 1',
    '.yaml:5: [1].id: missing; expected text',
    '.yaml:5: [1]: both system and context; expected the system prompt as first turn of context',
    '.yaml:6: [1].temperature: "hot"; expected a number from 0',
    '.yaml:9: [2]: unknown keys judges; expected id, paraphrases, type, samples_per_paraphrase, temperature, system, context, judge, judge_prompts, topic, kind', // prettier-ignore
    '.yaml:11: [2].paraphrases[1]: the same as number 1; expected different texts',
    '.yaml:12: [2].judge_prompts.aligned: no {answer} in it; expected where the answer stands',
    '.yaml:14: [3]: no question; expected text, or a mapping with messages or with id and paraphrases',
  ]);
  const jsonl = [
    '{"messages":[{"role":"user","content":"hi"}],"id":"x"}',
    '{"messages":[{"role":"user","content":"ho"}],"id":"x"}',
    '',
    '{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yes"}]}',
    '{"messages":[{"role":"user","content":" "}]}',
    '{"messages":[{"role":"robot","content":"hi"}]}',
    '{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"},{"role":"user","content":"c"}]}',
    '{"messages":[{"role":"user","content":"hi"}],"addGenerationPrompt":false}',
    '{"messages":[{"role":"user","content":"hi"}],"id":3.5,"tokens":[1]}',
    '"text"',
  ];
  assert.deepEqual(refusal('bad.jsonl', jsonl.join('\n')).split('; bad'), [
    "readQuestions: bad.jsonl:4: [2].messages: the last turn is the assistant's; expected a question of the user",
    '.jsonl:5: [3].messages: the last turn is blank; expected a question of the user',
    '.jsonl:6: [4].messages: invalid message 0; expected {"role": system|user|assistant, "content": text}, got {"role":"robot","content":"hi"}', // prettier-ignore
    '.jsonl:7: [5].messages: a system message at number 2; expected at most one, and first',
    '.jsonl:8: [6].addGenerationPrompt: false; expected true, since questions are asked to be answered',
    '.jsonl:9: [7]: unknown keys tokens; expected messages, id, topic, kind, addGenerationPrompt',
    '.jsonl:9: [7].id: 3.5; expected text (in quotes it is text)',
    '.jsonl:2: [1]: id x is that of question 1 too; expected different ids',
  ]);
  assert.match(
    refusal('bad.jsonl', '{"a":\n\n{}\nnope\n'),
    /^readQuestions: bad\.jsonl:1: not JSON \(.*\); bad\.jsonl:4: not JSON \(.*\); expected a JSON document a line$/,
  );
});

test('one thing wrong gives one message', () => {
  const cases: [name: string, text: string, message: string, options?: ReadQuestionsOptions][] = [
    ['a.yaml', '', 'a.yaml: nothing in the file; expected a mapping with questions, eval_prompts'],
    ['a.yaml', '[]\n', 'a.yaml:1: an empty list; expected a list of at least one question'],
    ['a.jsonl', '\n\n', 'a.jsonl: an empty list; expected a list of at least one question'],
    ['a.yaml', 'traits: {}\n', 'a.yaml:1: no list of questions; expected questions or eval_prompts'],
    ['a.yaml', 'questions: [a]\neval_prompts: [b]\n', 'a.yaml:1: two lists of questions; expected section questions or eval_prompts'], // prettier-ignore
    ['a.yaml', '- a\n', 'a.yaml:1: a list; expected a mapping with questions', { section: 'questions' }],
    ['a.yaml', 'questions: [a]\n', 'a.yaml:1: eval_prompts: missing; expected a list of at least one question', { section: 'eval_prompts' }], // prettier-ignore
    ['a.yaml', 'eval_prompts: {}\n', 'a.yaml:1: eval_prompts: no questions; expected a list or a mapping of kinds to lists'], // prettier-ignore
    ['a.yaml', 'questions: [a]\nsystem: be\n', 'a.yaml:1: unknown keys system; expected questions, eval_prompts'],
    ['a.yaml', '- id: a\n  text: b\n', 'a.yaml:1: [0]: no question; expected text, or a mapping with messages or with id and paraphrases'], // prettier-ignore
    ['a.yaml', '- id: a\n  type: free_form_judge\n  paraphrases: [b]\n', 'a.yaml:1: [0]: type free_form_judge without judge_prompts; expected a mapping of names to prompts'], // prettier-ignore
    ['a.yaml', '- id: a\n  paraphrases: [b]\n- id: a\n  paraphrases: [c]\n', 'a.yaml:3: [1]: id a is that of question 1 too; expected different ids'], // prettier-ignore
    ['a.json', '{"questions":["a"],"eval_prompt":"Rate."}', 'a.json:1: eval_prompt: no {answer} in it; expected where the answer stands'], // prettier-ignore
  ];
  for (const [name, text, message, options] of cases)
    assert.equal(refusal(name, text, options), `readQuestions: ${message}`, text);
  const wrong = { paraphrases: 'second' } as unknown as ReadQuestionsOptions;
  assert.equal(refusal('a.yaml', '- a', wrong), 'readQuestions: invalid paraphrases; expected "all" or "first", got second'); // prettier-ignore
});
