import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listFolder } from '../disk/folder';
import { writeFileAtomic } from '../disk/writeAtomic';
import type { Study } from './task';

const call = promisify(execFile);

/** Most tasks of one array: Slurm's MaxArraySize is 1001 unless a cluster says otherwise. */
const ARRAY_SIZE = 1000;

export interface SubmitOptions {
  /** `node traitlab.cjs study run` with the options of the study; `--task NAME` is put behind it. */
  readonly command: readonly string[];
  /** Given to every sbatch: partition, time, memory. */
  readonly sbatchArgs?: readonly string[];
  /** How often tasks that were killed or failed are submitted again, the first time included (default 3). */
  readonly tries?: number;
}

/** Submits the tasks of a study to Slurm: arrays of one element a task, stage behind stage, and behind them a job that submits again what is still
 * left, or else writes the table.
 *
 * Every element is requeued when its node fails; what it had not finished it begins again, and a task whose files are there ends at once. The
 * folder of results must be one that all nodes see.
 *
 * @param stages  names of what is left, `studyTasks`, each stage begun when the one before it has ended; none submits the table alone
 * @returns lines that say what was submitted
 * @throws Error if there is no sbatch or it refuses, with its words
 * @source Slurm's sbatch manual (--array, --dependency, --requeue)
 */
export async function submitStudy(
  { out }: Pick<Study, 'out'>,
  stages: readonly (readonly string[])[],
  { command, sbatchArgs = [], tries = 3 }: SubmitOptions,
): Promise<string[]> {
  const dir = join(out, 'slurm');
  const batch = 1 + listFolder(dir).filter((name) => name.endsWith('-after.sh')).length;
  const submit = async (script: string, args: readonly string[]): Promise<string> => {
    const all = ['--parsable', '--requeue', '--open-mode=append', ...args, ...sbatchArgs, script];
    try {
      return (await call('sbatch', all)).stdout.trim().split(';')[0];
    } catch (error) {
      const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
      if (code === 'ENOENT')
        throw new Error('submitStudy: no sbatch on this machine; expected a login node of a Slurm cluster');
      throw new Error(`submitStudy: sbatch: ${(stderr ?? message).trim()}; expected a job that the cluster takes`);
    }
  };
  const script = (name: string, lines: readonly string[]): string => {
    const path = join(dir, name);
    writeFileAtomic(path, `#!/bin/bash\n${lines.join('\n')}\n`);
    return path;
  };
  const run = command.map(quoted).join(' ');
  const said: string[] = [];
  const arrays: string[] = [];
  const cut = stages.flatMap(
    (tasks, stage) =>
    Array.from({ length: Math.ceil(tasks.length / ARRAY_SIZE) }, (_, i) => ({ stage, some: tasks.slice(i * ARRAY_SIZE, (i + 1) * ARRAY_SIZE) })), // prettier-ignore
  );
  const after = (jobs: readonly string[]): string[] => (jobs.length === 0 ? [] : [`--dependency=afterany:${jobs.join(':')}`]); // prettier-ignore
  for (const [k, { stage, some }] of cut.entries()) {
    const before = arrays.filter((_, i) => cut[i].stage < stage);
    const list = join(dir, `${batch}-${k}.tasks`);
    writeFileAtomic(list, `${some.join('\n')}\n`);
    const element = script(`${batch}-${k}.sh`, [
      `task=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${quoted(list)})`,
      `exec ${run} --task "$task"`,
    ]);
    const id = await submit(element, [
      `--array=0-${some.length - 1}`,
      ...after(before),
      '--job-name=traitlab',
      `--output=${join(dir, `${batch}-${k}-%a.log`)}`,
    ]);
    arrays.push(id);
    said.push(`job ${id}: ${some.length} tasks of ${list}`);
  }
  const isLast = tries <= 1 || cut.length === 0;
  const next = isLast
    ? `exec ${run} --task table`
    : `exec ${run} --slurm --tries ${tries - 1}${sbatchOption(sbatchArgs)}`;
  const id = await submit(script(`${batch}-after.sh`, [next]), [
    ...after(arrays),
    '--job-name=traitlab-after',
    `--output=${join(dir, `${batch}-after.log`)}`,
  ]);
  said.push(
    `job ${id}: ${isLast ? 'the table' : 'what is left then, or the table'}; \`study status\` shows what is done`,
  );
  return said;
}

const sbatchOption = (args: readonly string[]): string =>
  args.length === 0 ? '' : ` --sbatch-args ${quoted(args.join(' '))}`;

/** An argument as the shell takes it. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
