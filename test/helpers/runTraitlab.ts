import { spawnSync } from 'node:child_process';
import { projectPath } from 'traitlab/io/projectPath';

/** Starts the real command line and waits for it. */
export function runTraitlab(args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [projectPath('lib/bin/traitlab.cjs'), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
