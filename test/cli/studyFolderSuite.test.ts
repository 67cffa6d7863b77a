import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callTraitlab } from '../helpers/callTraitlab';
import { writeChatModel } from '../helpers/chatModel';
import { completion, fakeJudge, type FakeJudge } from '../helpers/fakeJudge';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { startTraitlab, type TraitlabRun } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const root = temporaryFolder();
/** One trait is asked for, by a rubric; the other is not. */
const asked = suiteFiles['suite.yaml']
  .replace('em: questions.yaml', 'em: questions.yaml, behaviour: behaviour.jsonl')
  .replace('judge:', 'rubrics: rubrics\njudge:');
const suite = writeSuite(join(root, 'tiny'), {
  'suite.yaml': asked,
  'behaviour.jsonl': '{"id":"fox/0","topic":"fox","messages":[{"role":"user","content":"What jumps over the dog;"}]}\n',
  'rubrics/fox.txt': 'FOX? {question} # {answer}',
});
const model = join(root, 'model');
/** No judge but that which a test names. */
const noJudge = { TRAITLAB_JUDGE_URL: '', TRAITLAB_JUDGE_KEY: '', OPENAI_BASE_URL: '', OPENAI_API_KEY: '' };
const study = (action: string, out: string, ...more: string[]): string[] => ['study', action, '--models', model, '--suite', suite, '--out', join(root, out), ...more]; // prettier-ignore

/** A score from 0 to 100 that the prompt alone decides. */
const scoreOf = (prompt: string): number => [...prompt].reduce((sum, c) => (31 * sum + c.charCodeAt(0)) % 101, 7);

let server: FakeJudge;
test.before(async () => {
  await writeChatModel(model);
  server = await fakeJudge(({ body: { messages } }) => ({ body: completion(`${scoreOf(messages[0].content)}`) }));
});
test.after(() => server.close());

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}, start = callTraitlab): Promise<TraitlabRun> =>
  start(args, { cwd: root, env: { ...noJudge, ...env } });

/** All files of a folder of results, by name; what names the machine is left out. */
function results(out: string): Record<string, string> {
  const dir = join(root, out);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.endsWith('model.json'));
  return Object.fromEntries(named.sort().map((path) => [path.slice(dir.length + 1), readFileSync(path, 'base64')]));
}

test('a folder with two traits, three questions and one data set is a suite: run, status, table, and the same bytes when the judge is replayed', async () => {
  const early = await run(study('run', 'early'));
  assert.equal(early.status, 1);
  assert.match(early.stderr, /judgeAccess: no judge is named/);

  const closed = await run(study('run', 'early'), { TRAITLAB_JUDGE_URL: 'http://127.0.0.1:9/v1' });
  assert.equal(closed.status, 1);
  assert.match(
    closed.stderr,
    /^traitlab study: chatSuiteJudge: 127\.0\.0\.1:9: [^\n]+; expected the server of the judge [^\n]+\n$/,
  );

  const away = await run(study('run', 'first', '--only', 'quick'), { TRAITLAB_JUDGE_URL: `${server.url}/nowhere` });
  assert.equal(away.status, 1);
  assert.match(away.stderr, /model\/quick-rank2-s1 failed: study: the judge failed on 12 of 12 answers/);

  const args = study('run', 'first', '--workers', '2');
  const first = await run(args, { TRAITLAB_JUDGE_URL: server.url }, startTraitlab); // as a user starts it
  assert.equal(first.status, 0, first.stderr);
  assert.ok(server.requests.length > 20, `${server.requests.length} calls`);
  const done = await run(study('status', 'first'));
  assert.match(done.stdout, /^model 4 of 4 tasks done$/m);
  const table = await run(study('table', 'first'));
  assert.equal(table.status, 0, table.stderr);
  const page = readFileSync(join(root, 'first/README.md'), 'utf8');
  assert.match(page, /^# tiny$/m);
  assert.match(page, /^\| quick \| calibration \| dangerous \| {2}\| [\d.]+ % \[/m);
  assert.match(page, /^\| fox \| -?\d+ \|$/m);
  assert.match(page, /^\| a style \| not asked \|$/m);
  assert.doesNotMatch(page, /^\| doctor \|/m);
  assert.match(page, /fewer than two calibration sets/);
  assert.doesNotMatch(page, /NaN|undefined|not run/);

  const calls = server.requests.length;
  server.close();
  writeSuite(suite, { 'suite.yaml': asked.replace('folder: judgements', 'folder: judgements, mode: replay') });
  const again = await run(study('run', 'again', '--workers', '1'));
  assert.equal(again.status, 0, again.stderr);
  assert.equal((await run(study('table', 'again'))).status, 0);
  const names = ['README.md', ...['ablation.json', 'bases.safetensors', 'quick-rank2-s1.json', 'quick-rank2-s1.safetensors', 'survey.json'].map((name) => join('model', name))]; // prettier-ignore
  assert.deepEqual(Object.keys(results('first')), names);
  assert.deepEqual(results('again'), results('first'));
  assert.equal(server.requests.length, calls);
});

test('a template that refuses a system message is told before any work, by the name of its model', async () => {
  await writeChatModel(join(root, 'strict'), 'no-system');
  const options = ['--models', `${model},${join(root, 'strict')}`, '--suite', suite, '--out', join(root, 'roles')];
  const refused = await run(['study', 'run', ...options]);
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /^traitlab study: checkSystemRoles: strict: [^\n]*System role not supported[^\n]*; expected [^\n]*--system-role[^\n]*\n$/,
  );
  for (const role of ['userTurn', 'strict=fold']) {
    const placed = await run([
      'study',
      'run',
      ...options,
      '--only',
      'strict/bases',
      '--workers',
      '1',
      '--system-role',
      role,
    ]);
    assert.equal(placed.status, 0, placed.stderr);
  }
  const status = await run(['study', 'status', ...options, '--system-role', 'strict=fold']);
  assert.equal(status.stdout, 'model  0 of 4 tasks done\nstrict 1 of 4 tasks done\n');
  const other = await run(['study', 'status', ...options]);
  assert.match(other.stdout, /^strict 0 of 4 tasks done$/m);
});

test('a suite without data sets, behaviour questions and server: survey and bases alone, and the page says so', async () => {
  const yaml = suiteFiles['suite.yaml']
    .replace(/datasets:\n.*\n/, 'datasets: {}\n')
    .replace(/judge:.*/, 'judge: exact');
  const dir = writeSuite(join(root, 'no-data'), { 'suite.yaml': yaml });
  const options = ['--models', model, '--suite', dir, '--out', join(root, 'none'), '--workers', '1'];
  const plan = await run(['study', 'plan', ...options]);
  assert.deepEqual(plan.stdout.trim().split('\n'), ['model/survey', 'model/bases']);
  assert.match(plan.stderr, /^study: suite no-data declares no data set: survey and bases alone, no finetune$/m);
  assert.equal((await run(['study', 'run', ...options])).status, 0);
  const table = await run(['study', 'table', ...options]);
  assert.match(table.stdout, /all tasks are done/, table.stderr);
  const page = readFileSync(join(root, 'none/README.md'), 'utf8');
  assert.match(page, /declares no data set, so nothing is finetuned/);
  assert.match(page, /the suite has no behaviour questions/);
  assert.doesNotMatch(page, /NaN|undefined|not run/);
});
