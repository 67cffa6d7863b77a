// The process that runs one notebook: node notebookProcess.js FILE, started by runNotebook with an IPC channel.
import { dirname } from 'node:path';
import { kernelInfo } from '../kernel/kernelInfo';
import { openTslab, type CellError, type OutputSink } from '../kernel/tslabSession';
import { onFigure } from '../show';
import { cellSource, readNotebook, type Cell, type CellOutput } from './notebookFile';
import type { NotebookError, RunnerMessage } from './runnerMessage';

async function main(file: string): Promise<void> {
  const notebook = readNotebook(file);
  process.chdir(dirname(file));
  onFigure((shown) => send({ kind: 'figure', shown, backend: backendName() }));
  let error: NotebookError | null = null;
  let current = 0;
  const fail = (cell: number, code: string, reason: CellError): void => {
    error ??= { cell, code: code.trim().split('\n')[0], ...reason };
  };
  const session = openTslab({ onLate: (reason) => fail(current, 'a promise nobody awaited', reason) });
  const displays = new Map<string, CellOutput>();
  const codeCells = notebook.cells.filter((cell) => cell.cell_type === 'code');
  for (const cell of codeCells) {
    cell.outputs = [];
    cell.execution_count = null;
    delete cell.metadata.execution;
    const code = cellSource(cell);
    if (code.trim() === '' || error) continue;
    cell.execution_count = ++current;
    send({ kind: 'cell', cell: current, cells: codeCells.length });
    const reason = await session.run(code, cellSink(cell, displays));
    if (!reason) continue;
    fail(current, code, reason);
    cell.outputs.push({ output_type: 'error', ...reason });
  }
  await new Promise((resolve) => setTimeout(resolve, 20)); // the last cell's promises
  notebook.metadata = {
    ...notebook.metadata,
    kernelspec: { display_name: 'TypeScript (tslab)', language: 'typescript', name: 'tslab' },
    language_info: kernelInfo.language_info,
  };
  notebook.nbformat_minor = Math.max(5, notebook.nbformat_minor);
  notebook.cells.forEach((cell, i) => (cell.id ??= `cell-${i}`));
  send({ kind: 'done', notebook, error }, () => process.exit(0));
}

function cellSink(cell: Cell, displays: Map<string, CellOutput>): OutputSink {
  const outputs = (cell.outputs ??= []);
  return {
    stream(name, text) {
      const last = outputs.at(-1);
      if (last?.output_type === 'stream' && last.name === name) last.text = String(last.text) + text;
      else outputs.push({ output_type: 'stream', name, text });
    },
    display({ data, metadata = {}, transient = {} }, update) {
      const id = transient.display_id;
      const text = data['text/plain'];
      if (id && typeof text === 'string') send({ kind: 'progress', text });
      const shown = id === undefined ? undefined : displays.get(id);
      if (update && shown) {
        Object.assign(shown, { data, metadata });
        return;
      }
      const output: CellOutput = { output_type: 'display_data', data, metadata };
      if (id) displays.set(id, output);
      outputs.push(output);
    },
    result(data) {
      outputs.push({ output_type: 'execute_result', data, metadata: {}, execution_count: cell.execution_count });
    },
  };
}

/** The backend of the notebook's own copy of tfjs; 'none' if it has not loaded one. */
function backendName(): string {
  const isLoaded = Object.keys(require.cache).some((path) => path.includes('tfjs-core'));
  if (!isLoaded) return 'none';
  return (require('@tensorflow/tfjs') as { getBackend(): string | undefined }).getBackend() ?? 'none';
}

function send(message: RunnerMessage, done: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, done);
}

void main(process.argv[2]);
