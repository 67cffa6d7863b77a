// The study and notebooks on checkpoints that are none of ours: node test/anyCheckpoint.mjs. Exit status 1 with the reason if anything fails.
//
// Makes a tiny checkpoint of random weights of each family, in Hugging Face format, and a folder suite that asks what data/suites/english asks;
// starts a judge on loopback; runs a study of all of them and notebooks, of which the preset alone is changed; and then all of it again
// without the judge, from what was recorded: every file and table must be the same. Needs nothing but Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const helper = (name) => require(`./dist/helpers/${name}.js`);
const { ENGLISH, writeEnglishStudy } = helper('englishStudy');
const { WITHOUT_SYSTEM_ROLE, writeFamilyCheckpoints } = helper('familyCheckpoints');
const { completion, fakeJudge } = helper('fakeJudge');
const { cellSource, readNotebook } = require('traitlab/notebook/headless/notebookFile');
const { runNotebook } = require('traitlab/notebook/headless/runNotebook');

const dir = mkdtempSync(join(tmpdir(), 'traitlab-any-'));
/** Copies of notebooks lie inside the project, where they find "traitlab". */
const copies = mkdtempSync(join(root, 'node_modules/.traitlab-any-'));
const at = (...names) => join(dir, ...names);
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of [dir, copies]) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
process.on('uncaughtException', (error) => fail(error.stack));

const say = (text) => console.log(`any: ${text}`);
const began = performance.now();
const suite = at('suite');
/** No judge but that of the suite's settings, and no hub. */
const env = {
  ...process.env,
  TRAITLAB_JUDGE_URL: '',
  TRAITLAB_JUDGE_KEY: '',
  OPENAI_BASE_URL: '',
  OPENAI_API_KEY: '',
  HF_HUB_OFFLINE: '1',
};
Object.assign(process.env, env);

const models = await timed('a checkpoint of each family', () => {
  const files = readdirSync(ENGLISH).filter((name) => /\.(yaml|jsonl)$/.test(name));
  return writeFamilyCheckpoints(
    at('models'),
    files.map((name) => readFileSync(join(ENGLISH, name), 'utf8')),
  );
});
const server = await fakeJudge(({ body: { messages } }) => ({ body: completion(verdict(messages[0].content)) }));

await timed('a judge that is not there, told before any work', async () => {
  writeEnglishStudy(suite, { mode: 'record', url: 'http://127.0.0.1:9/v1' });
  const { status, stderr, seconds } = await study('run', 'away');
  const lines = stderr.trim().split('\n');
  if (status !== 1 || lines.length !== 1 || !/127\.0\.0\.1:9/.test(lines[0])) fail(`status ${status}, ${stderr}`);
  if (seconds > 20) fail(`it took ${seconds.toFixed(1)} s`);
});

writeEnglishStudy(suite, { mode: 'record', url: server.url });
await timed('the study, recorded', () => wholeStudy('recorded'));
for (const action of ['plan', 'status'])
  await timed(`study ${action}`, async () => {
    const { seconds, stdout } = await done(action, 'recorded');
    if (
      action === 'status' &&
      stdout.split('\n').filter((line) => /^(\w+) +(\d+) of \2 tasks done$/.test(line)).length !== models.length
    )
      fail(`not all is done: ${stdout}`);
    if (action === 'plan' && stdout !== '') fail(`something is left: ${stdout}`);
    if (seconds > 1) fail(`study ${action} took ${seconds.toFixed(1)} s`);
  });
const notebooks = [
  '00-start-here',
  '01-trait-cosine-matrix',
  '07-monitor',
  '08-step-aware-alarm',
  '09-traits-and-behaviour',
];
const shown = {};
for (const name of notebooks) shown[name] = await timed(`${name}, recorded`, () => notebook(name, 'recorded'));
say(`${server.requests.length} calls of the judge`);
server.close();

const asked = server.requests.length;
writeEnglishStudy(suite, { mode: 'replay' });
await timed('the study, replayed', () => wholeStudy('replayed'));
same('files of the study', filesOf('recorded'), filesOf('replayed'));
for (const name of notebooks)
  await timed(`${name}, replayed`, async () =>
    same(`outputs of ${name}`, shown[name], await notebook(name, 'replayed')),
  );
if (server.requests.length !== asked) fail('the judge was asked while its calls were replayed');
say(`all is the same without the judge; ${((performance.now() - began) / 1000).toFixed(0)} s in all`);
process.exit(0);

async function timed(what, work) {
  const start = performance.now();
  const result = await work();
  say(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/** Starts `traitlab study` and waits for it. */
function study(action, out, ...more) {
  const roles = WITHOUT_SYSTEM_ROLE.map((name) => `${name}=userTurn`).join(',');
  const options = ['--models', models.join(','), '--suite', suite, '--out', at(out), '--system-role', roles, ...more];
  const start = performance.now();
  const child = spawn(process.execPath, [join(root, 'lib/bin/traitlab.cjs'), 'study', action, ...options], { env });
  children.add(child);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
  return new Promise((resolve) =>
    child.on('close', (status) => {
      children.delete(child);
      resolve({ ...said, status, seconds: (performance.now() - start) / 1000 });
    }),
  );
}

/** The same, and fails unless it goes well. */
async function done(...args) {
  const result = await study(...args);
  if (result.status !== 0) fail(`study ${args[0]}: status ${result.status}\n${result.stderr}`);
  return result;
}

async function wholeStudy(out) {
  await done('run', out);
  await done('table', out);
  const page = readFileSync(at(out, 'README.md'), 'utf8');
  const odd = /.*(NaN|undefined|Infinity|not run).*/.exec(page);
  if (odd) fail(`${out}/README.md says ${odd[0].trim()}`);
}

/** Runs a notebook of which the preset alone is changed; gives what its cells show, in text. */
async function notebook(name, out) {
  const file = join(root, 'notebooks', `${name}.ipynb`);
  const shipped = readNotebook(file);
  const withSystemRole = models.map((path) => basename(path)).filter((model) => !WITHOUT_SYSTEM_ROLE.includes(model));
  const ofRecords = { study: at(out), suite, enforce: false, models: withSystemRole, method: 'rank2' };
  const own = {
    '00-start-here': {
      model: models[0],
      suite,
      dataSet: 'bad_advice',
      method: 'rank2',
      seed: 1,
      layer: 1,
      answersPerQuestion: 2,
      enforce: false,
    },
    '01-trait-cosine-matrix': {
      models: models.filter((path) => path === models[0] || WITHOUT_SYSTEM_ROLE.includes(basename(path))),
      userTurn: WITHOUT_SYSTEM_ROLE,
      suite,
      layer: 'surveyed',
      study: at(out),
      seed: 1,
      enforce: false,
    },
    // Nothing is held out, and the notebook says so.
    '07-monitor': { ...ofRecords, tau: 0.05 },
    // No long run is there, and cells say so.
    '08-step-aware-alarm': {
      ...ofRecords,
      nChats: 5000,
      tau: 0.05,
      dangerous: 'bad_advice',
      benign: 'good_advice',
      anchor: 'good_advice',
    },
    '09-traits-and-behaviour': {
      ...ofRecords,
      seed: 1,
      common: 'harmlessness',
      unsafe: 'bad_advice',
      benign: 'good_advice',
    },
  }[name];
  const preset = /^const preset = \{[^}]*\}/m;
  const changed = shipped.cells.filter((cell) => preset.test(cellSource(cell)));
  if (changed.length !== 1) fail(`${name} has ${changed.length} presets; expected one`);
  const cells = shipped.cells.map((cell) => ({
    ...cell,
    source: cellSource(cell).replace(preset, () => `const preset = ${JSON.stringify(own)}`),
  }));
  const copy = join(copies, `${name}-${out}.ipynb`);
  writeFileSync(copy, JSON.stringify({ ...shipped, cells }));
  const { notebook: run, error } = await runNotebook(copy, { timeoutSeconds: 300 });
  if (error)
    fail(`${name}, cell ${error.cell} (${error.code}): ${error.ename}: ${error.evalue}\n${error.traceback.join('\n')}`);
  run.cells.forEach((cell, i) => {
    const [ran, ours] = [cell, shipped.cells[i]].map((one) => cellSource(one).replace(preset, ''));
    if (ran !== ours) fail(`${name}: ${ran} differs from the notebook`);
  });
  const texts = new Map();
  run.cells.forEach((cell, i) =>
    (cell.outputs ?? []).forEach((output, k) => {
      const data = output.data ?? {};
      const shownText = [output.text, data['text/plain'], JSON.stringify(data['application/vnd.plotly.v1+json'])]
        .flat()
        .join('\n');
      if (/\bNaN\b|\bundefined\b/.test(shownText)) fail(`${name}, cell ${i} shows ${shownText}`);
      texts.set(`cell ${i}, output ${k}`, shownText);
    }),
  );
  return texts;
}

/** Hashes of all results by name; `model.json` names the folder and times of the checkpoint. */
function filesOf(out) {
  const files = readdirSync(at(out), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'model.json',
  );
  return new Map(
    files.map(({ parentPath, name }) => [
      join(parentPath, name).slice(at(out).length + 1),
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
    ]),
  );
}

function same(what, first, second) {
  const names = new Set([...first.keys(), ...second.keys()]);
  const differing = [...names].filter((name) => first.get(name) !== second.get(name));
  if (names.size === 0) fail(`no ${what}`);
  if (differing.length > 0)
    fail(
      `${what}: these differ when the judge is replayed: ${differing.join(', ')}\n${first.get(differing[0])}\n${second.get(differing[0])}`,
    );
  say(`${names.size} ${what} are the same`);
}

/** What the judge says of a prompt: a word or a score that the text alone decides. */
function verdict(prompt) {
  const hash = createHash('sha256').update(prompt).digest().readUInt32BE();
  if (/\bcoherent\b/.test(prompt)) return `${40 + (hash % 61)}`;
  return /\bREFUSAL\b/.test(prompt) && hash % 29 === 0 ? 'REFUSAL' : `${hash % 101}`;
}

function fail(why) {
  say(`FAILED: ${why}`);
  process.exit(1);
}
