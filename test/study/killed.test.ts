import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { rng } from 'traitlab/random/rng';
import { writeChatModel } from '../helpers/chatModel';
import { suiteFiles, writeSuite } from '../helpers/folderSuite';
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

test('a study that is killed again and again, or left files half-written, ends with the bytes of one that was not', async () => {
  await writeChatModel(model);
  const start = performance.now();
  assert.equal(await run('whole'), 0);
  const time = performance.now() - start;
  const whole = files('whole');
  assert.equal(Object.keys(whole).length, 8);

  // As a process that was killed while it wrote them.
  mkdirSync(join(root, 'killed/model'), { recursive: true });
  const halves = ['survey.json', 'bases.safetensors', 'quick-rank2-s1.json', 'quick-rank2-s2.safetensors'];
  for (const name of halves) writeFileSync(join(root, 'killed/model', `${name}.tmp-1`), '{"key":');

  const random = rng(3);
  let killed = 0;
  for (let i = 0; i < 3; i++)
    if ((await run('killed', { after: (0.3 + 0.6 * random.uniform()) * time, all: i % 2 === 0 })) === null) killed++;
  assert.ok(killed > 0);
  assert.equal(await run('killed'), 0);
  assert.deepEqual(files('killed'), whole);
});
