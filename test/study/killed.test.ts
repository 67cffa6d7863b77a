import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { rng } from 'traitlab/random/rng';
import { writeChatModel } from '../helpers/chatModel';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { temporaryFolder } from '../helpers/temporaryFolder';

const root = temporaryFolder();
const model = join(root, 'model');
const suite = writeSuite(join(root, 'tiny'), {
  'suite.yaml': suiteFiles['suite.yaml'].replace(/judge:.*/, 'judge: exact').replace('seeds: [1]', 'seeds: [1, 2]'),
});

/** Runs the study in a process group of its own and kills all of it, or the first process alone, after so many milliseconds. */
async function run(out: string, kill?: { readonly after: number; readonly all: boolean }): Promise<number | null> {
  const command = [projectPath('lib/bin/traitlab.cjs'), 'study', 'run', '--workers', '2'];
  const args = [...command, '--models', model, '--suite', suite, '--out', join(root, out)];
  const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore' });
  const timer = kill && setTimeout(() => process.kill(kill.all ? -child.pid! : child.pid!, 'SIGKILL'), kill.after);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  return code;
}

/** The files of a folder of results. */
function files(out: string): Record<string, string> {
  const dir = join(root, out);
  const names = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(dir.length + 1), readFileSync(path, 'base64')]));
}

/** What `study status` says is done, of how many. */
function status(out: string): string {
  const args = ['study', 'status', '--models', model, '--suite', suite, '--out', join(root, out)];
  return execFileSync(process.execPath, [projectPath('lib/bin/traitlab.cjs'), ...args], { encoding: 'utf8' });
}

/** Tasks of which all files are there; a cell has two. */
function doneTasks(there: readonly string[]): number {
  const names = there.filter((name) => !name.includes('.tmp') && !name.endsWith('model.json'));
  const whole = names.filter((name) => name.endsWith('.json') || name.endsWith('bases.safetensors'));
  return whole.filter((name) => !/rank/.test(name) || names.includes(name.replace('.json', '.safetensors'))).length;
}

test('a study that is killed again and again, or left files half-written, ends with the bytes of one that was not; its status is right at every moment', async () => {
  await writeChatModel(model);
  const start = performance.now();
  assert.equal(await run('whole'), 0);
  const time = performance.now() - start;
  const whole = files('whole');
  assert.equal(Object.keys(whole).length, 8);
  assert.equal(status('whole'), 'model 5 of 5 tasks done\n');

  // As a process that was killed while it wrote them.
  mkdirSync(join(root, 'killed/model'), { recursive: true });
  const halves = ['survey.json', 'bases.safetensors', 'quick-rank2-s1.json', 'quick-rank2-s2.safetensors'];
  for (const name of halves) writeFileSync(join(root, 'killed/model', `${name}.tmp-1`), '{"key":');
  assert.equal(status('killed'), 'model 0 of 5 tasks done\n');

  // Each time from what the last one left; one that comes to its end is followed by a fresh one.
  const random = rng(3);
  const wanted = fuzzRuns(0.002);
  let killed = 0;
  for (let i = 0; killed < wanted && i < 4 * wanted; i++) {
    const code = await run('killed', { after: (0.1 + 0.8 * random.uniform()) * time, all: i % 2 === 0 });
    if (code === null) killed++;
    const there = files('killed');
    assert.equal(status('killed'), `model ${doneTasks(Object.keys(there))} of 5 tasks done\n`);
    const isWritten = (name: string): boolean => name in whole;
    for (const name of Object.keys(there).filter(isWritten)) assert.equal(there[name], whole[name], name);
    if (code === 0) rmSync(join(root, 'killed'), { recursive: true });
  }
  assert.equal(killed, wanted);
  assert.equal(await run('killed'), 0);
  assert.deepEqual(files('killed'), whole);
});
