import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callTraitlab } from '../helpers/callTraitlab';
import { writeChatModel } from '../helpers/chatModel';
import { completion, fakeJudge, type FakeJudge } from '../helpers/fakeJudge';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { startTraitlab, type TraitlabRun } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const root = temporaryFolder();
const [model, folder] = [join(root, 'model'), join(root, 'results')];
const yaml = suiteFiles['suite.yaml']
  .replace('datasets:\n', 'datasets:\n  late: { file: quick.jsonl, role: calibration, kind: benign }\n')
  .replace('seeds: [1]', 'seeds: [1, 2, 3]');
const suite = writeSuite(join(root, 'tiny'), { 'suite.yaml': yaml });
const recipe = { method: 'lora', rank: 2, learningRate: 0.01, batchSize: 2, maxSteps: 3, saveEvery: 1, seed: 9 };

/** Coherent whatever is said; alignment by the prompt alone. */
const scoreOf = (prompt: string): number =>
  /coheren/i.test(prompt) ? 90 : [...prompt].reduce((sum, c) => (31 * sum + c.charCodeAt(0)) % 101, 7);

let server: FakeJudge;
const run = (command: string, start = callTraitlab): Promise<TraitlabRun> =>
  start(command.split(' '), { cwd: root, env: { TRAITLAB_JUDGE_URL: server.url, TRAITLAB_JUDGE_KEY: '' } });
const score = (more: string): Promise<TraitlabRun> => run(`monitor score --model ${model} ${more}`);
const fails = async (more: string, line: RegExp): Promise<void> => {
  const { status, stdout, stderr } = await score(more);
  assert.deepEqual([status, stdout], [1, ''], stderr);
  assert.match(stderr, line);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
};

test.before(async () => {
  await writeChatModel(model);
  server = await fakeJudge(({ body: { messages } }) => ({ body: completion(`${scoreOf(messages[0].content)}`) }));
  const study = await run(`study run --models ${model} --suite ${suite} --out ${folder} --workers 2`, startTraitlab);
  assert.equal(study.status, 0, study.stderr);
  const chats = suiteFiles['quick.jsonl'];
  writeFileSync(join(root, 'chats.jsonl'), chats);
  for (const [name, method] of [['adapters', 'lora'], ['whole', 'full']] as const) {
    const { rank: _, ...full } = recipe;
    writeFileSync(join(root, `${name}.json`), JSON.stringify(method === 'lora' ? recipe : { ...full, method }));
    const made = await run(`finetune --model ${model} --data chats.jsonl --recipe ${name}.json --out ${name}`);
    assert.equal(made.status, 0, made.stderr);
  }
  const fit = await run(`monitor fit --study ${folder} --model ${model} --suite ${suite} --out m.json`);
  assert.equal(fit.status, 0, fit.stderr);
}); // prettier-ignore
test.after(() => server.close());

test('plan lists the calibration runs and what is left of them', async () => {
  const planned = await run(`monitor plan --models ${model} --suite ${suite} --out ${folder}`);
  assert.equal(planned.status, 0, planned.stderr);
  const rows = planned.stdout.trim().split('\n').slice(1).map((line) => line.split('\t')); // prettier-ignore
  assert.equal(rows.length, 6);
  assert.ok(rows.every(([, state, steps, checkpoints]) => state === 'done' && steps === '2' && checkpoints === '2'));
  const open = await run(`monitor plan --models ${model} --suite ${suite} --out other`);
  assert.match(open.stderr, /^monitor: 6 calibration runs to do, about .*, 72 answers to judge; /m);
});

test('cost times the three ways on the same checkpoints, and a file keeps a row for each model', async () => {
  const measured = await run(
    `monitor cost --monitor m.json --model ${model} --run adapters --suite ${suite} --checkpoints 2 --out cost.json`,
  );
  assert.equal(measured.status, 0, measured.stderr);
  const row = JSON.parse(measured.stdout) as Record<string, Record<string, number>>;
  assert.deepEqual([row.checkpoints, row.measure.forwardPasses, row.published.forwardPasses], [2, 1, 4]);
  assert.equal(row.judge.answers, 3);
  assert.ok(['measure', 'judge', 'published'].every((way) => row[way].seconds > 0));
  const kept = JSON.parse(readFileSync(join(root, 'cost.json'), 'utf8')) as { models: unknown[] };
  assert.deepEqual(kept.models, [row]);
  writeFileSync(join(root, 'odd.json'), '{"machine":"fast"}');
  const odd = await run(
    `monitor cost --monitor m.json --model ${model} --run adapters --suite ${suite} --out odd.json`,
  );
  assert.match(odd.stderr, /^traitlab monitor: readCostFile: odd\.json: date: missing; expected text/m);
  assert.equal(odd.stdout, '', 'told before anything is timed');
  const none = await run(`monitor cost --monitor m.json --model ${model} --run ${suite} --suite ${suite}`);
  assert.match(none.stderr, /: no checkpoint in it; expected folders checkpoint-STEP$/m);
});

test('every checkpoint is one JSON line, by adapters and by whole models; 3 is the status of an alarm', async () => {
  for (const [name, features, regressor] of [
    ['adapters', 'traits', 'forest'],
    ['whole', 'magnitude', 'ridge'],
    ['adapters', 'update norm', 'boosting'],
  ] as const) {
    const file = `${regressor}.json`;
    const args = ['monitor', 'fit', '--study', folder, '--model', model, '--suite', suite, '--out', file];
    const options = ['--features', features, '--regressor', regressor, '--tau', '0.0001'];
    const fit = await callTraitlab([...args, ...options], { cwd: root });
    assert.equal(fit.status, 0, fit.stderr);
    const { status, stdout, stderr } = await score(
      `--monitor ${file} --run ${name} --suite ${suite} --json --plot p.html`,
    );
    assert.ok(status === 0 || status === 3, stderr);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    assert.equal(status, lines.some(({ alarm }) => alarm) ? 3 : 0, stderr);
    assert.deepEqual(lines.map(({ step }) => step), [1, 2, 3]); // prettier-ignore
    for (const line of lines) {
      assert.deepEqual(Object.keys(line), ['step', 'drift', 'pc1', 'predictedEm', 'low', 'high', 'alarm']);
      assert.deepEqual(Object.keys(line.drift as object), ['doctor', 'fox']);
    }
    assert.match(readFileSync(join(root, 'p.html'), 'utf8'), /predicted EM/);
  }
});

test('a watch scores what comes, and stops at the first alarm if it is told so', async () => {
  mkdirSync(join(root, 'growing'));
  const copy = (step: number): void => cpSync(join(root, `adapters/checkpoint-${step}`), join(root, `growing/checkpoint-${step}`), { recursive: true }); // prettier-ignore
  copy(1);
  setTimeout(() => copy(2), 1500);
  const watched = await score(`--monitor m.json --run growing --suite ${suite} --watch --idle 3`);
  assert.equal(watched.stdout.trim().split('\n').length, 2, watched.stderr);
  const loud = JSON.parse(readFileSync(join(root, 'm.json'), 'utf8')) as Record<string, unknown>;
  const always = { name: 'ridge', width: 2, coefficients: [0, 0], intercept: 1 };
  writeFileSync(join(root, 'loud.json'), JSON.stringify({ ...loud, regressor: always }));
  const stopped = await score(`--monitor loud.json --run adapters --suite ${suite} --watch --stop`);
  assert.deepEqual([stopped.status, stopped.stdout.trim().split('\n').length], [3, 1]);
});

test('what does not fit is one line that says what was expected', async () => {
  const ok = `--monitor m.json --suite ${suite}`;
  mkdirSync(join(root, 'empty'));
  await fails(`${ok} --run empty`, /: empty: no checkpoint in it; expected folders checkpoint-STEP \(--watch waits for them\)$/m);
  await fails(`${ok} --run none`, /: none: no such folder; expected that of a run$/m);
  mkdirSync(join(root, 'cut/checkpoint-5'), { recursive: true });
  await fails(`${ok} --run cut`, /cut\/checkpoint-5: no weights in it; expected adapter_model\.safetensors or model\.safetensors/);
  await fails('--monitor m.json --run adapters --suite micro', /m\.json: a monitor of suite tiny .*; expected that of micro/);
  await fails(`--monitor adapters.json --run adapters`, /adapters\.json: no monitor of version 1; expected what `npx traitlab monitor fit` writes$/m);
  await writeChatModel(join(root, 'other'), 'no-system');
  const other = await run(`monitor score --model other ${ok} --run adapters`);
  assert.match(other.stderr, /^traitlab monitor: other: weights [0-9a-f]{12}; expected [0-9a-f]{12}, the base of m\.json \(model\)$/m);
  cpSync(join(root, 'adapters'), join(root, 'shapes'), { recursive: true });
  const file = join(root, 'shapes/checkpoint-2/adapter_config.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"r": 2/, '"r": 3'));
  const shaped = await score(`${ok} --run shapes`);
  assert.match(shaped.stderr, /loadAdapter: .*checkpoint-2.*expected/);
  rmSync(join(root, 'shapes'), { recursive: true });
  cpSync(join(root, 'whole'), join(root, 'deeper'), { recursive: true });
  const config = join(root, 'deeper/checkpoint-1/config.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace(/"rope_theta": ?10000/, '"rope_theta": 20000'));
  const deeper = await score(`${ok} --run deeper`);
  assert.match(deeper.stderr, /checkpoint-1: another model than the base \(ropeTheta differ\); expected a finetune of /);
}); // prettier-ignore
