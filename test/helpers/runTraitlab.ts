import { spawn, spawnSync } from 'node:child_process';
import { projectPath } from 'traitlab/disk/projectPath';

const program = projectPath('lib/bin/traitlab.cjs');

/** How a process of the command line ended. */
export interface TraitlabRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the real command line and waits for it. */
export function runTraitlab(args: readonly string[]): TraitlabRun {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** The same, in another folder or with other variables, while this process goes on. */
export async function startTraitlab(
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<TraitlabRun> {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const status = await new Promise<number | null>((resolve, reject) =>
    child.on('close', (code) => resolve(code)).on('error', reject),
  );
  return { status, stdout, stderr };
}
