import { fileProblem } from '../disk/fileProblem';
import { oneLine } from '../documents/listed';

/** A command: gets its arguments, resolves to the exit status. */
export type Command = (args: readonly string[]) => Promise<number>;

/** Each command is loaded when it is called, so that every one starts fast. */
const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  activations: {
    summary:
      '--model DIR [--adapter DIR] --prompts FILE.jsonl --sites LIST --out FILE.safetensors [--positions all|last|mean] [--system-role template|userTurn|fold] [--backend NAME]',
    load: async () => (await import('./activations')).activationsCommand,
  },
  generate: {
    summary:
      '--model DIR [--adapter DIR] --prompts FILE.jsonl --max-new-tokens N [--temperature T] [--seed S] [--steer FILE@LAYER:COEFF] [--ablate FILE[@LAYER]] [--system-role template|userTurn|fold] [--backend NAME]',
    load: async () => (await import('./generate')).generateCommand,
  },
  finetune: {
    summary:
      '--model DIR --data FILE.jsonl --recipe FILE.json --out DIR [--system-role template|userTurn|fold] [--backend NAME]',
    load: async () => (await import('./finetune')).finetuneCommand,
  },
  doctor: {
    summary:
      '[--model DIR] [--prompts FILE.jsonl] [--max-new-tokens N] [--recipe FILE.json] [--data FILE.jsonl] [--system-role template|userTurn|fold] [--backend NAME] [--json]: what this machine can do, and time and memory of a job',
    load: async () => (await import('./doctor')).doctorCommand,
  },
  micro: {
    summary:
      'grow the organisms of data/micro [--organisms LIST] [--out DIR] [--work DIR] [--jobs N] [--seed S] [--base-steps N] [--instruct-steps N]; --prompts only writes data/prompts/micro; --growths all|LIST makes the controlled growths and measures how each is steered',
    load: async () => (await import('./micro')).microCommand,
  },
  study: {
    summary:
      'plan|run|status|table [--all | --models A,B [--for monitor|convergent]] [--suite NAME|DIR] [--out DIR] [--only TEXT] [--task NAME] [--workers N] [--system-role ROLE|NAME=ROLE,…] [--slurm] [--sbatch-args ARGS] [--tries N]: survey models and finetune each in every way of a suite; --for convergent: directions, steering, ablation and rank-1 adapters of its misaligned finetunes',
    load: async () => (await import('./study')).studyCommand,
  },
  monitor: {
    summary:
      'fit --study DIR --model NAME --out FILE.json [--regressor forest|boosting|ridge] [--features traits|…] [--tau T] [--suite NAME|DIR] [--system-role ROLE] | score --monitor FILE.json --model DIR --run DIR [--suite NAME|DIR] [--json] [--watch [--idle SECONDS] [--stop]] [--plot FILE.html] [--system-role ROLE] [--backend NAME] | plan [--models A,B] [--suite NAME|DIR] [--out DIR] [--system-role ROLE|NAME=ROLE,…] | cost --monitor FILE.json --model DIR --run DIR [--checkpoints N] [--out FILE.json] [--suite NAME|DIR] [--system-role ROLE] [--backend NAME]: an alarm for finetunes of a model; score ends with status 3 if it raised one',
    load: async () => (await import('./monitor')).monitorCommand,
  },
  figures: {
    summary: 'execute the notebooks and write data/figures [--only 00,01] [--check] [--timeout SECONDS] [--jobs N]',
    load: async () => (await import('./figures')).figures,
  },
};

/** Runs `traitlab COMMAND …` in this process: sets the exit status, and says how it ends when a reader goes away or it is interrupted. */
export function main(args: readonly string[]): void {
  // A reader that has gone wants nothing more; an interrupted command leaves through `exit`, which removes half-written files.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      report(args[0], `standard output: ${fileProblem(error)}; expected a place that can be written`);
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  process.stderr.on('error', () => {}); // nobody reads the notes; the work goes on
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  void runCommand(args).then((status) => (process.exitCode = status));
}

/** Runs `traitlab COMMAND …` and changes nothing of the process around it; an error is one line on standard error.
 *
 * @returns the exit status
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  const notes = [
    'DIR of --model and --adapter: a folder, or org/name[@revision] in the Hugging Face cache or on the hub; a tokenizer or chat template beside an adapter is used with it',
    '--threads N, of every command: threads that compute (default one a core; one for each worker of a study); the numbers are the same however many',
    '--system-role: what a system message becomes where the template knows none (Gemma): userTurn is a first exchange,',
    '  fold puts it before the first user turn; template (the default) leaves it to the template, which may refuse it; study takes one for all models or each its own, as gemma=userTurn',
  ].join('\n');
  if (name === '--help' || name === 'help') {
    const known = Object.entries(commands).map(([key, { summary }]) => `  ${key.padEnd(12)} ${summary}`);
    console.log(`traitlab COMMAND …; commands:\n${known.join('\n')}\n${notes}`);
    return 0;
  }
  if (command && rest.includes('--help')) {
    console.log(`traitlab ${name} ${command.summary}${command.summary.includes('--system-role') ? `\n${notes}` : ''}`);
    return 0;
  }
  if (!command) {
    const problem = name === undefined ? 'missing command' : `unknown command ${name}`;
    console.error(
      `traitlab: ${problem}; expected one of ${Object.keys(commands).join(', ')} (traitlab --help shows their options)`,
    );
    return 1;
  }
  const before = process.env.TRAITLAB_THREADS;
  try {
    const run = await command.load();
    const { threads, others } = takeThreads(rest);
    if (threads !== undefined) process.env.TRAITLAB_THREADS = threads; // also of the processes that it starts
    return await run(others);
  } catch (error) {
    report(name, error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    if (before === undefined) delete process.env.TRAITLAB_THREADS;
    else process.env.TRAITLAB_THREADS = before;
  }
}

/** `--threads N`, which every command takes, and the other arguments. */
function takeThreads(args: readonly string[]): { threads?: string; others: readonly string[] } {
  const at = args.findIndex((arg) => arg === '--threads' || arg.startsWith('--threads='));
  if (at < 0) return { others: args };
  const isOne = args[at] !== '--threads';
  const value = isOne ? args[at].slice('--threads='.length) : (args.at(at + 1) ?? '');
  if (!/^([1-9]|[1-5]\d|6[0-4])$/.test(value))
    throw new Error(`invalid --threads; expected an integer from 1 to 64, got ${value || 'nothing'}`);
  return { threads: value, others: args.filter((_, i) => i !== at && (isOne || i !== at + 1)) };
}

/** Says what went wrong, in one line. */
function report(name: string, message: string): void {
  console.error(`traitlab ${name}: ${oneLine(message)}`);
}
