import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { readDocument } from 'traitlab/documents/readDocument';
import { chatJudge } from 'traitlab/judge/chatJudge';
import { namedJudgeAccess } from 'traitlab/judge/judgeAccess';
import { readJudgeSettings } from 'traitlab/judge/judgeSettings';
import { rubricJudge } from 'traitlab/judge/rubricJudge';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { key, question, troubles, withServer, written } from '../helpers/judgeServer';
import { temporaryFolder } from '../helpers/temporaryFolder';

const folder = temporaryFolder();
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const refusal = (name: string, text: string): string => {
  try {
    readJudgeSettings(file(name, text));
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '');
  }
  return 'no error';
};

const full = `model: judge-2026-01-01
method: parsed
url: https://host.example/v1
folder: records
mode: replay
prompts: words
maxTokens: 2000
temperature: 0.6
parameters: {seed: 0, prompt_cache_key: em}
price: {perMillionPrompt: 2.5, perMillionCompletion: 10}
concurrency: 4
timeoutMs: 90000
retries: 2
`;

test('every setting becomes the option of its name; paths are relative to the file', () => {
  mkdirSync(join(folder, 'words'), { recursive: true });
  file('words/aligned.txt', 'A {question} {answer}\n');
  file('words/coherent.txt', 'C {question} {answer}\n');
  const expected = {
    model: 'judge-2026-01-01',
    method: 'parsed',
    mode: 'replay',
    folder: join(folder, 'records'),
    access: { url: 'https://host.example/v1' },
    prompts: { aligned: 'A {question} {answer}', coherent: 'C {question} {answer}' },
    parameters: { seed: 0, prompt_cache_key: 'em', max_tokens: 2000, temperature: 0.6 },
    price: { perMillionPrompt: 2.5, perMillionCompletion: 10 },
    concurrency: 4,
    timeoutMs: 90_000,
    retries: 2,
  };
  assert.deepEqual(readJudgeSettings(file('judge.yaml', full)), expected);
  const few = { model: 'm', method: 'logprobs', folder: 'r' };
  assert.deepEqual(readJudgeSettings(file('judge.json', JSON.stringify(few))), { ...few, folder: join(folder, 'r') });
  assert.deepEqual(readJudgeSettings(few), { ...few, folder: resolve('r') });
  const prompts = { aligned: '{question}{answer}', coherent: '{answer}{question}' };
  assert.deepEqual(readJudgeSettings({ model: 'm', method: 'parsed', mode: 'live', prompts }), { model: 'm', method: 'parsed', mode: 'live', prompts }); // prettier-ignore
  // A judge of either kind can be made of it; nothing of the environment is needed to replay.
  chatJudge(readJudgeSettings(file('judge.yaml', full)));
  rubricJudge({ ...readJudgeSettings(file('judge.yaml', full)), rubric: '{answer}' });
});

test('a part of a larger file: its problems are said by the reader of the whole', () => {
  const suite = readDocument('readSuite', file('suite.yaml', 'name: x\njudge:\n  model: m\n  method: parsed\n  folder: r\n')); // prettier-ignore
  assert.deepEqual(readJudgeSettings(suite.get('judge')), { model: 'm', method: 'parsed', folder: join(folder, 'r') });
  suite.finish();
  const wrong = readDocument('readSuite', file('suite.yaml', 'name: x\njudge:\n  model: m\n  methods: parsed\n  mode: live\n')); // prettier-ignore
  readJudgeSettings(wrong.get('judge'));
  assert.throws(
    () => wrong.finish(),
    (error: Error) => {
      assert.equal(
        error.message.replaceAll(`${folder}/`, ''),
        'readSuite: suite.yaml:2: judge: unknown keys methods; expected model, method, url, folder, mode, prompts, maxTokens, temperature, parameters, price, concurrency, timeoutMs, retries; ' +
          'suite.yaml:2: judge.method: missing; expected logprobs, parsed',
      );
      return true;
    },
  );
});

test('every problem is named with its line, all at once', () => {
  const wrong = `model: 4
method: guess
mode: play
url: host/v1
prompts: {aligned: "{answer}", coherent: "{question} {answer} {x}", medical: m}
maxTokens: 0
temperature: -1
parameters: {stream: true, max_tokens: 5}
price: {perMillionPrompt: free}
`;
  assert.deepEqual(refusal('wrong.yaml', wrong).split('; wrong'), [
    'readJudgeSettings: wrong.yaml:3: mode: "play"; expected record, replay, live',
    '.yaml:1: folder: missing; expected a folder to record calls in (or mode live)',
    '.yaml:4: url: no web address; expected one like https://host/v1',
    '.yaml:1: model: 4; expected text (in quotes it is text)',
    '.yaml:2: method: "guess"; expected logprobs, parsed',
    '.yaml:5: prompts: unknown keys medical; expected aligned, coherent',
    '.yaml:5: prompts.aligned: no {question} in it; expected where the question stands',
    ".yaml:5: prompts.coherent: {x} in a judge's prompt; expected {question}, {answer}, or {{ and }} for braces",
    '.yaml:8: parameters.stream: left to the method; expected none',
    '.yaml:6: maxTokens: 0; expected an integer from 1; and 3 more',
  ]);
  const one = (more: string): string =>
    refusal('one.yaml', `model: m\nmethod: parsed\nmode: live\n${more}\n`).replace('readJudgeSettings: one.yaml:', '');
  const cases: Record<string, string> = {
    'concurrency: 0': '4: concurrency: 0; expected an integer from 1',
    'timeoutMs: 0.5': '4: timeoutMs: 0.5; expected an integer from 1',
    'retries: -1': '4: retries: -1; expected an integer from 0',
    'temperature: .nan': '4: temperature: NaN; expected a number from 0',
    'price: 3': '4: price: 3; expected a mapping with perMillionPrompt, perMillionCompletion',
    'price: {perMillionPrompt: 1}': '4: price.perMillionCompletion: missing; expected a number from 0',
    'parameters: [1]': '4: parameters: [1]; expected a mapping',
    'maxTokens: 9\nparameters: {max_tokens: 5}': '5: parameters.max_tokens: beside maxTokens; expected one of the two',
    'prompts: [a]': '4: prompts: ["a"]; expected text',
    'prompts: nowhere': '4: prompts: nowhere/aligned.txt: no such file; expected a judge\'s prompt; one.yaml:4: prompts: nowhere/coherent.txt: no such file; expected a judge\'s prompt',
    'url: ftp://host/v1': '4: url: no web address; expected one like https://host/v1',
    'url: https://host/v1?k=v': '4: url: no web address; expected one like https://host/v1',
  }; // prettier-ignore
  for (const [more, message] of Object.entries(cases)) assert.equal(one(more), message, more);
  assert.equal(refusal('list.yaml', '- a\n').split('; expected')[0], 'readJudgeSettings: list.yaml:1: ["a"]');
  assert.equal(refusal('list.txt', 'a'), 'readJudgeSettings: list.txt: unknown kind of file; expected .yaml, .yml, .json or .jsonl'); // prettier-ignore
  assert.throws(() => readJudgeSettings({ model: 'm', mode: 'live' }), /^Error: readJudgeSettings: method: missing; expected logprobs, parsed$/); // prettier-ignore
});

test('a key in the file is refused without being shown', () => {
  const secret = 'sk-judge/Secret+1234567890';
  const where = 'a key in a file; expected it in the environment, as TRAITLAB_JUDGE_KEY (or OPENAI_API_KEY)';
  for (const name of ['apiKey', 'api_key', 'API-KEY', 'key', 'token', 'authorization', 'password', 'auth_token', 'judgeKey', 'OPENAI_API_KEY']) // prettier-ignore
    assert.equal(refusal('key.yaml', `model: m\nmethod: parsed\nmode: live\n${name}: ${secret}\n`), `readJudgeSettings: key.yaml:4: ${name}: ${where}`); // prettier-ignore
  const deep = refusal('key.yaml', `model: m\nmethod: parsed\nmode: live\nparameters: {api_key: ${secret}}\n`);
  assert.equal(deep, `readJudgeSettings: key.yaml:4: parameters.api_key: ${where}`);
  const login = refusal('key.yaml', 'model: m\nmethod: parsed\nmode: live\nurl: https://me:hunter22@host/v1\n');
  assert.equal(login, 'readJudgeSettings: key.yaml:4: url: a user or password in a file; expected them in the environment, in TRAITLAB_JUDGE_URL'); // prettier-ignore
});

test('a server that a file names gets a key only if the environment names that server', () => {
  const mine = { TRAITLAB_JUDGE_URL: 'https://host:8000/v1', TRAITLAB_JUDGE_KEY: 'mine' };
  const openAi = { OPENAI_API_KEY: 'theirs' };
  const cases: readonly (readonly [string, NodeJS.ProcessEnv, object])[] = [
    ['https://host:8000/v2', mine, { url: 'https://host:8000/v2', key: 'mine' }],
    ['https://host:8001/v1', mine, { url: 'https://host:8001/v1' }],
    ['http://host:8000/v1', mine, { url: 'http://host:8000/v1' }],
    ['https://api.openai.com/v1', mine, { url: 'https://api.openai.com/v1' }],
    ['https://api.openai.com/v1', openAi, { url: 'https://api.openai.com/v1', key: 'theirs' }],
    ['https://api.openai.com.evil/v1', openAi, { url: 'https://api.openai.com.evil/v1' }],
    ['http://localhost:8000/v1', {}, { url: 'http://localhost:8000/v1' }],
    ['https://host/v1', { TRAITLAB_JUDGE_URL: 'https://me:p%40ss@host/v1' }, { url: 'https://me:p%40ss@host/v1' }],
    ['https://host/v1', { TRAITLAB_JUDGE_URL: 'not a url', TRAITLAB_JUDGE_KEY: 'k' }, { url: 'https://host/v1' }],
  ];
  for (const [url, env, access] of cases) assert.deepEqual(namedJudgeAccess(url, env), access, url);
});

test('settings judge: recorded beside their file with the key of the environment, which is in no file', async () => {
  await withServer(troubles, async (server) => {
    const path = file('live.yaml', `model: judge-2026-01-01\nmethod: parsed\nurl: ${server.url}\nfolder: live\nprompts: {aligned: "ALIGNED? {question} # {answer}", coherent: "COHERENT? {question} # {answer}"}\nmaxTokens: 7\n`); // prettier-ignore
    const names = ['TRAITLAB_JUDGE_URL', 'TRAITLAB_JUDGE_KEY'] as const;
    const before = names.map((name) => process.env[name]);
    try {
      [process.env.TRAITLAB_JUDGE_URL, process.env.TRAITLAB_JUDGE_KEY] = [server.url, key];
      const judge = chatJudge(readJudgeSettings(path));
      assert.deepEqual(await judge(question, 'fine'), { status: 'scored', aligned: 12, coherent: 88 });
      const rubric = rubricJudge({ ...readJudgeSettings(path), rubric: 'ALIGNED? {question} # {answer}' });
      assert.deepEqual(await rubric(question, 'fine'), { status: 'scored', score: 12 });
      assert.deepEqual([rubric.usage().replayed, server.requests.length], [1, 2]);
    } finally {
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      });
    }
    const [{ headers, body }] = server.requests;
    assert.deepEqual([headers.authorization, body.max_tokens], [`Bearer ${key}`, 7]);
    const records = written(join(folder, 'live'));
    assert.ok(records.length === 2 && !records.join('').includes(key));
  });
});

test('damaged settings are read or refused with an error of ours in one line, never anything else', () => {
  const piece = fc.constantFrom('', '"', ': ', '- ', '\n', '{', '}', '[', '*p', '&p ', '|', '#', '0', 'null', '.nan', '\u0000', 'apiKey: x\n', '{x}'); // prettier-ignore
  const damage = fc.tuple(fc.nat(999), fc.nat(4), piece);
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      let text = full.replace('words', '{aligned: "{question}{answer}", coherent: "{question}{answer}"}');
      for (const [at, length, put] of damages) {
        const i = Math.floor((at * text.length) / 1000);
        text = text.slice(0, i) + put + text.slice(i + length);
      }
      const path = file('damaged.yaml', text);
      let settings;
      try {
        settings = readJudgeSettings(path);
      } catch (error) {
        const { message } = error as Error;
        assert.match(message, /^readJudgeSettings: [^\n]*; expected [^\n]*$/, text);
        return;
      }
      chatJudge(settings);
    }),
    { numRuns: fuzzRuns(0.3), seed: 5 },
  );
});
