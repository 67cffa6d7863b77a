import { isDeepStrictEqual } from 'node:util';
import { significant } from '../../stats/significant';
import type { CellOutput, Notebook } from './notebookFile';

const plotlyType = 'application/vnd.plotly.v1+json';

/** The notebook as it is committed: figures as Plotly's own type and a picture, without the HTML that says the same again.
 *
 * A code host and an untrusted JupyterLab show the picture, a JupyterLab with Plotly's renderer and VS Code the live figure.
 * The numbers of a figure have six digits, more than it can show. A figure that has not changed keeps the picture it had: the same plot drawn
 * on another machine is other bytes.
 *
 * @param next      the executed notebook
 * @param previous  the file as it was
 */
export function committedNotebook(next: Notebook, previous: Notebook): Notebook {
  const before = previous.cells.flatMap((cell) => cell.outputs ?? []).filter((output) => bundle(output)[plotlyType]);
  const cells = next.cells.map((cell) => {
    if (!cell.outputs) return cell;
    return { ...cell, outputs: cell.outputs.map((output) => committedOutput(output, before)) };
  });
  return { ...next, cells };
}

function committedOutput(output: CellOutput, before: readonly CellOutput[]): CellOutput {
  const data = bundle(output);
  if (!data[plotlyType] || !data['image/png']) return output;
  const plain = JSON.parse(JSON.stringify(data[plotlyType]), (_, value: unknown) =>
    typeof value === 'number' ? significant(value, 6) : value,
  ) as unknown;
  const same = before.find((old) => isDeepStrictEqual(bundle(old)[plotlyType], plain));
  const picture = (same && bundle(same)['image/png']) ?? data['image/png'];
  const { 'text/html': html, ...rest } = data;
  return { ...output, data: { ...rest, [plotlyType]: plain, 'image/png': picture } };
}

function bundle(output: CellOutput): Record<string, unknown> {
  return (output.data ?? {}) as Record<string, unknown>;
}
