import { format, inspect } from 'node:util';
import type { Converter, CompletionInfo, IsCompleteResult } from 'tslab/dist/converter';
import type { ConverterSet, ConsoleInterface, Executor } from 'tslab/dist/executor';
import { projectPath } from '../../disk/projectPath';
import { resultBundle } from './resultBundle';

/** A display message's content. */
export interface DisplayContent {
  data: Readonly<Record<string, unknown>>;
  metadata?: Readonly<Record<string, unknown>>;
  transient?: { display_id?: string };
}

/** Where the output of a cell goes. */
export interface OutputSink {
  stream(name: 'stdout' | 'stderr', text: string): void;
  display(content: DisplayContent, update: boolean): void;
  /** The value of the cell's last expression. */
  result(data: Record<string, string>): void;
}

/** Why a cell failed, as Jupyter's protocol says it. */
export interface CellError {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** tslab's compiler and executor as one object, used by the Jupyter kernel and by the headless runner alike. */
export interface TslabSession {
  /** Compiles and runs a cell; its output, until the next cell runs, goes to `sink`. Resolves to null or to why it failed. */
  run(code: string, sink: OutputSink): Promise<CellError | null>;
  /** Ends the cell that is awaiting something. */
  interrupt(): void;
  complete(code: string, position: number): CompletionInfo;
  inspect(code: string, position: number): string | null;
  isComplete(code: string): IsCompleteResult;
  close(): void;
}

/** What to do with a promise that nobody awaited and that fails after its cell. Default: print it below the last cell. */
export interface TslabOptions {
  onLate?: (error: CellError) => void;
}

/** What tslab passes to `error`: the format of its diagnostics, or what a cell threw. */
const diagnosticFormat = '%s%d:%d - %s';

/** Starts tslab in the working directory, with repairs (tslab 1.0.22):
 *
 * - top-level `await (…)` and `for await` are recognised;
 * - a failure comes back as a value (name, message, traceback) instead of text on standard error;
 * - a promise that nobody awaited and that fails while a cell runs fails that cell;
 * - the last expression comes back as a result instead of a printed line.
 */
export function openTslab({ onLate }: TslabOptions = {}): TslabSession {
  const { createConverter, isCompleteCode } = load<{
    createConverter: (options: { isJS: boolean; isBrowser: boolean }) => Converter;
    isCompleteCode: (code: string) => IsCompleteResult;
  }>('tslab/dist/converter.js');
  const { createExecutor } = load<{
    createExecutor: (root: string, converters: ConverterSet, log: ConsoleInterface) => Executor;
  }>('tslab/dist/executor.js');
  const { printQuickInfo } = load<{ printQuickInfo: (info: unknown) => string }>('tslab/dist/inspect.js');
  const jupyter = load<{ lastWriteDisplayData: OutputSink['display'] }>('tslab/dist/jupyter.js');

  const converter = createConverter({ isJS: false, isBrowser: false });
  const convert = converter.convert.bind(converter);
  converter.convert = (declarations, code) => {
    const result = convert(declarations, code);
    if (/\bawait\s*\(|\bfor\s+await\b/.test(result.output ?? '')) result.hasToplevelAwait = true;
    return result;
  };

  let sink: OutputSink | null = null;
  let isRunning = false;
  let diagnostics: string[] = [];
  let thrown: unknown[] = [];
  const executor = createExecutor(
    process.cwd(),
    { node: converter, browser: converter, close: () => converter.close() },
    {
      log: (value: unknown) => sink?.result(resultBundle(value)),
      error: (first: unknown, ...rest: unknown[]) => {
        if (first === diagnosticFormat) diagnostics.push(format(first, ...rest));
        else thrown.push(first);
      },
    },
  );

  const onUncaught = (error: unknown): void => {
    if (isRunning) thrown.push(error);
    else if (onLate) onLate(describeThrown(error));
    else sink?.stream('stderr', `A promise nobody awaited failed: ${describeThrown(error).traceback.join('\n')}\n`);
  };
  process.on('unhandledRejection', onUncaught);
  process.on('uncaughtException', onUncaught);
  const write =
    (name: 'stdout' | 'stderr') =>
    (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean => {
      sink?.stream(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') (done as () => void)();
      return true;
    };

  return {
    async run(code, output) {
      sink = output;
      process.stdout.write = write('stdout');
      process.stderr.write = write('stderr');
      jupyter.lastWriteDisplayData = (content, update) => output.display(content, update);
      diagnostics = [];
      thrown = [];
      isRunning = true;
      const isOk = await executor.execute(code);
      await new Promise((resolve) => setTimeout(resolve, 1)); // lets rejected promises surface
      isRunning = false;
      if (isOk && thrown.length === 0) return null;
      if (thrown.length > 0) return describeThrown(thrown[0]);
      return { ename: 'TypeScriptError', evalue: diagnostics.join('\n'), traceback: diagnostics };
    },
    interrupt: () => executor.interrupt(),
    complete: (code, position) => executor.complete(code, position),
    inspect: (code, position) => {
      const info = executor.inspect(code, position) as unknown;
      return info ? printQuickInfo(info) : null;
    },
    isComplete: isCompleteCode,
    close: () => executor.close(),
  };
}

/** Internals of tslab 1.0.22; the version is pinned. Loaded late: its TypeScript costs half a second. */
function load<T>(file: string): T {
  return require(file) as T;
}

function describeThrown(error: unknown): CellError {
  if (!(error instanceof Error) && !isErrorLike(error)) {
    return { ename: 'Error', evalue: String(error), traceback: [inspect(error)] };
  }
  if (error.message === 'Interrupted asynchronously' || error.message.startsWith('Script execution was interrupted')) {
    return {
      ename: 'Interrupted',
      evalue: 'the cell was interrupted',
      traceback: ['Interrupted: the cell was interrupted'],
    };
  }
  const stack = (error.stack ?? String(error)).split('\n').filter((line) => !/tslab[\\/]dist|node:/.test(line));
  const readable = stack.map((line) =>
    line.replace(/evalmachine\.<anonymous>(:\d+:\d+)?/g, 'cell').replaceAll(projectPath('/'), ''),
  );
  return { ename: error.name || 'Error', evalue: error.message, traceback: readable };
}

/** Errors of another realm (the cell's) are not `instanceof Error` here. */
function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}
