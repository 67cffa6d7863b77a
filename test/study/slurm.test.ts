import test, { type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { submitStudy } from 'traitlab/study/slurm';
import { temporaryFolder } from '../helpers/temporaryFolder';

/** A folder of PATH with an sbatch that says job 101, 102 … and writes its arguments down, a call a line; or one that refuses. */
function fakeSbatch(t: TestContext, refusal?: string): { calls: () => string[][] } {
  const dir = temporaryFolder();
  const log = join(dir, 'calls');
  const body =
    refusal === undefined
      ? `printf '%s\\t' "$@" >> ${log}; echo >> ${log}; echo "$((100 + $(wc -l < ${log})));cluster"`
      : `echo "sbatch: error: ${refusal}" >&2; exit 1`;
  writeFileSync(join(dir, 'sbatch'), `#!/bin/sh\n${body}\n`);
  chmodSync(join(dir, 'sbatch'), 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${dir}${delimiter}${before}`;
  t.after(() => (process.env.PATH = before));
  const lines = (): string[] => readFileSync(log, 'utf8').trimEnd().split('\n');
  return { calls: () => lines().map((line) => line.split('\t').filter((arg) => arg !== '')) };
}

const command = ['/usr/bin/node', '/home/my user/traitlab.cjs', 'study', 'run', '--suite', 'micro'];

test('tasks become an array, and behind it waits a job that submits again what is left', async (t) => {
  const out = temporaryFolder();
  const { calls } = fakeSbatch(t);
  const tasks = ['llama/survey', 'llama/bases'];
  const said = await submitStudy({ out }, [tasks], { command, sbatchArgs: ['--partition=gpu', '--time=60'], tries: 2 });
  const [array, after] = calls();
  assert.deepEqual(array.slice(0, 4), ['--parsable', '--requeue', '--open-mode=append', '--array=0-1']);
  assert.ok(array.includes('--partition=gpu') && after.includes('--time=60'), 'sbatch arguments go to every job');
  assert.ok(after.includes('--dependency=afterany:101'), after.join(' '));
  assert.match(said.join('\n'), /job 101: 2 tasks .*\njob 102: what is left then, or the table/);
  assert.equal(readFileSync(join(out, 'slurm/1-0.tasks'), 'utf8'), 'llama/survey\nllama/bases\n');
  const element = readFileSync(join(out, 'slurm/1-0.sh'), 'utf8');
  assert.match(element, /^#!\/bin\/bash\n/);
  assert.match(
    element,
    /exec \/usr\/bin\/node '\/home\/my user\/traitlab\.cjs' study run --suite micro --task "\$task"/,
  );
  const next = readFileSync(join(out, 'slurm/1-after.sh'), 'utf8');
  assert.match(next, /--slurm --tries 1 --sbatch-args '--partition=gpu --time=60'\n/);
});

test('the last try is followed by the table, also where nothing is left', async (t) => {
  const out = temporaryFolder();
  const { calls } = fakeSbatch(t);
  await submitStudy({ out }, [['a/survey']], { command, tries: 1 });
  assert.match(readFileSync(join(out, 'slurm/1-after.sh'), 'utf8'), /--task table\n/);
  await submitStudy({ out }, [], { command, tries: 3 });
  assert.match(readFileSync(join(out, 'slurm/2-after.sh'), 'utf8'), /--task table\n/);
  assert.equal(calls().length, 3);
  assert.ok(!calls()[2].some((arg) => arg.startsWith('--dependency')), 'nothing to wait for');
});

test('more than a thousand tasks are several arrays, and the job behind them waits for all', async (t) => {
  const out = temporaryFolder();
  const { calls } = fakeSbatch(t);
  const tasks = Array.from({ length: 1001 }, (_, i) => `m/task-${i}`);
  await submitStudy({ out }, [tasks], { command });
  assert.ok(calls()[0].includes('--array=0-999') && calls()[1].includes('--array=0-0'));
  assert.ok(calls()[2].includes('--dependency=afterany:101:102'));
});

test('tasks that need others wait for these', async (t) => {
  const { calls } = fakeSbatch(t);
  await submitStudy({ out: temporaryFolder() }, [['m/first', 'm/second'], ['m/third']], { command });
  const [first, second, after] = calls();
  assert.ok(!first.some((arg) => arg.startsWith('--dependency')) && first.includes('--array=0-1'));
  assert.ok(second.includes('--dependency=afterany:101') && second.includes('--array=0-0'));
  assert.ok(after.includes('--dependency=afterany:101:102'));
});

test('a cluster that refuses is quoted, and none is said to be none', async (t) => {
  const out = temporaryFolder();
  fakeSbatch(t, 'invalid partition specified: gpus');
  await assert.rejects(submitStudy({ out }, [['a/survey']], { command }), {
    message:
      'submitStudy: sbatch: sbatch: error: invalid partition specified: gpus; expected a job that the cluster takes',
  });
  const empty = join(out, 'empty');
  mkdirSync(empty);
  process.env.PATH = empty;
  await assert.rejects(submitStudy({ out }, [['a/survey']], { command }), {
    message: 'submitStudy: no sbatch on this machine; expected a login node of a Slurm cluster',
  });
});
