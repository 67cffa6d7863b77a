import { AsyncLocalStorage } from 'node:async_hooks';
import { mock } from 'node:test';
import { initBackend } from 'traitlab/backend/initBackend';
import { runCommand } from 'traitlab/cli/main';
import * as output from 'traitlab/disk/writeOutput';
import type { TraitlabRun } from './runTraitlab';

interface Written {
  stdout: string;
  stderr: string;
}

/** What the command that is under way has written; what others write (the reporter of the tests) goes through. */
const writing = new AsyncLocalStorage<Written>();
for (const name of ['stdout', 'stderr'] as const) {
  const write = process[name].write.bind(process[name]) as (...args: unknown[]) => boolean;
  process[name].write = (chunk: string | Uint8Array, ...more: unknown[]): boolean => {
    const written = writing.getStore();
    if (written === undefined) return write(chunk, ...more);
    written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const done = more.at(-1);
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  };
}

/** Answers go to the stream, also where standard output of the tests is a file, which the command line writes to directly. */
mock.method(output, 'writeOutput', (text: string) => void process.stdout.write(text));

/** The call before; folder and variables belong to the whole process, so that one goes after the other. */
let last: Promise<unknown> = Promise.resolve();

/** Runs the command line in this process, for tests of what a command does and says: a process of its own takes most of a
 * second to start. What belongs to the process (signals, closed pipes, start, exit) is tested with `startTraitlab`.
 *
 * Each call starts on the default backend. Give `micro` with several organisms a real process: it starts itself again.
 */
export function callTraitlab(
  args: readonly string[],
  { cwd = process.cwd(), env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<TraitlabRun> {
  const call = last.then(async () => {
    const before = { cwd: process.cwd(), env: { ...process.env } };
    const written: Written = { stdout: '', stderr: '' };
    process.chdir(cwd);
    Object.assign(process.env, env);
    try {
      const status = await writing.run(written, () => runCommand(args));
      return { status, ...written };
    } finally {
      if (args.includes('--backend')) await initBackend({ backend: 'wasm' });
      process.chdir(before.cwd);
      for (const name of Object.keys(env)) {
        if (before.env[name] === undefined) delete process.env[name];
        else process.env[name] = before.env[name];
      }
    }
  });
  last = call.catch(() => undefined);
  return call;
}
