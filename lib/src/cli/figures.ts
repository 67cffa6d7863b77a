import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { fileExists, listFolder, removeFile } from '../disk/folder';
import { readText } from '../disk/readText';
import { readJson } from '../documents/readJson';
import { mapLimited } from '../concurrency/mapLimited';
import { projectPath } from '../disk/projectPath';
import { writeFileAtomic } from '../disk/writeAtomic';
import { figurePage } from '../notebook/figureHtml';
import { figureIndexPage, type FigureIndex, type FigureRecord } from '../notebook/figureIndex';
import { formatDuration } from '../notebook/formatDuration';
import { committedNotebook } from '../notebook/headless/committedNotebook';
import {
  cellSource,
  notebookText,
  readNotebook,
  writeNotebook,
  type Notebook,
} from '../notebook/headless/notebookFile';
import { runNotebook, type NotebookRun, type RunFigure } from '../notebook/headless/runNotebook';
import { closePlots, plotPage } from '../notebook/plotBrowser';
import { toPng, toSvg } from '../notebook/renderFigure';
import { plainTitle } from '../notebook/show';
import { parseOptions } from './parseOptions';
import { StatusLine } from './statusLine';

const folder = projectPath('data/figures');
const recordFile = projectPath('data/figures/figures.json');
/** From a page in data/figures; the CDN is for a copy of the page elsewhere. */
const plotlySources = [
  '../../node_modules/plotly.js-dist/plotly.js',
  'https://cdn.jsdelivr.net/npm/plotly.js-dist@4.1.1/plotly.js',
];
const sizeLimit = 300_000;

/** `traitlab figures`: executes every notebook in a fresh process, writes the executed notebooks and data/figures.
 *
 * `--only 00,01` takes the notebooks whose names start so; `--check` runs them and writes nothing;
 * `--timeout` is in seconds a notebook (default 1800), `--jobs` how many run at once (default 1).
 *
 * @returns 0, or 1 if a notebook failed
 * @throws Error on an unknown option or when no notebook matches
 */
export async function figures(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, { only: {}, check: { flag: true }, timeout: {}, jobs: {} });
  const timeoutSeconds = options.number('timeout', 1, 1800);
  const jobs = Math.min(options.integer('jobs', 1, 1), availableParallelism());
  const isCheck = options.flag('check');
  const names = chooseNotebooks(options.optional('only'));
  const index = fileExists(recordFile) ? (readJson('figures', recordFile) as FigureIndex) : {};
  const status = new StatusLine();
  const expected = names.map((name) => (name in index ? index[name].seconds : NaN));
  const total = expected.reduce((a, b) => a + b, 0) / jobs;
  const time = Number.isNaN(total)
    ? 'time not known before the first run'
    : `about ${formatDuration(total)} by the last run`;
  status.print(`figures: ${names.length} notebook${names.length === 1 ? '' : 's'}, ${time}`);

  const failed: string[] = [];
  const work = async (name: string, i: number): Promise<void> => {
    const run = await runOne(name, expected[i], timeoutSeconds, status);
    if (run.error) failed.push(name);
    else if (!isCheck && run.notebook) await keep(name, run.notebook, run, index, status);
  };
  try {
    await mapLimited(names, jobs, work);
  } finally {
    await closePlots();
  }
  if (!isCheck) status.print(`figures: ${projectRelative(folder)}/index.html shows them all`);
  if (failed.length > 0) status.print(`figures: FAILED: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

async function runOne(
  name: string,
  expected: number,
  timeoutSeconds: number,
  status: StatusLine,
): Promise<NotebookRun> {
  const file = notebookFile(name);
  status.print(`figures: ${name} runs${Number.isNaN(expected) ? '' : ` (about ${formatDuration(expected)})`}`);
  const started = performance.now();
  const run = await runNotebook(file, {
    timeoutSeconds,
    onProgress: (cell, cells, text) => {
      const seconds = formatDuration((performance.now() - started) / 1000);
      status.update(`figures: ${name} ${seconds}, cell ${cell}/${cells}${text && `, ${text}`}`);
    },
  });
  if (run.error) {
    const { cell, code, ename, evalue, traceback } = run.error;
    const where = code ? `cell ${cell} (${code})` : `cell ${cell}`;
    status.print(`figures: ${name} FAILED after ${formatDuration(run.seconds)} at ${where}: ${ename}: ${evalue}`);
    for (const line of traceback.slice(1, 8)) status.print(`    ${line.trim()}`);
  } else {
    status.print(`figures: ${name} done in ${formatDuration(run.seconds)}, ${run.figures.length} figures`);
  }
  return run;
}

/** Writes the figures, the index and the notebook of a run that went well. */
async function keep(
  name: string,
  notebook: Notebook,
  run: NotebookRun,
  index: FigureIndex,
  status: StatusLine,
): Promise<void> {
  const records: FigureRecord[] = [];
  const source = { commit: commit(), date: new Date().toISOString().slice(0, 10) };
  const before = index[name]?.figures ?? [];
  for (const figure of run.figures) records.push(await writeFigure(figure, source, before));
  const kept = new Set(records.map((record) => record.name));
  for (const old of before) {
    if (!kept.has(old.name)) for (const end of ['png', 'svg', 'html']) removeFile(`${folder}/${old.name}.${end}`);
  }
  const isSame = isDeepStrictEqual(records, before); // then the time that this run took is no news either
  const seconds = isSame ? index[name].seconds : Math.round(run.seconds);
  index[name] = { title: notebookTitle(notebook) ?? name, seconds, figures: records };
  const sorted = Object.fromEntries(Object.entries(index).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileAtomic(recordFile, `${JSON.stringify(sorted, null, 1)}\n`);
  writeFileAtomic(`${folder}/index.html`, figureIndexPage(index));
  if (run.figures.length > 0 && !(await plotPage())) {
    status.print(`figures: ${name}.ipynb is left as it was, because there is no browser to draw its pictures`);
    return;
  }
  const file = notebookFile(name);
  const committed = committedNotebook(notebook, readNotebook(file));
  const size = notebookText(committed).length;
  if (size > sizeLimit)
    status.print(`figures: ${name}.ipynb has ${Math.round(size / 1000)} kB; the limit is ${sizeLimit / 1000} kB`);
  writeNotebook(file, committed);
}

/** Writes a figure; one that is the same as before keeps its files and its provenance, so that a run on a clean tree leaves it clean. */
async function writeFigure(
  shown: RunFigure,
  source: Record<string, string>,
  before: readonly FigureRecord[],
): Promise<FigureRecord> {
  const { name, figure, caption, width, height, provenance, backend } = shown;
  const size = { width, height };
  const title = plainTitle(figure);
  const page = figurePage(figure, title || name, caption, { ...size, sources: plotlySources });
  const record = { name, title, caption, width, height, hasPicture: true, provenance: { backend, ...provenance } };
  const old = before.find((one) => one.name === name);
  const file = `${folder}/${name}.html`;
  if (old !== undefined && fileExists(file) && readText('figures', file) === page) {
    const { commit: _, date: __, ...facts } = old.provenance;
    if (isDeepStrictEqual({ ...old, provenance: facts }, record)) return old;
  }
  const png = await toPng(figure, { ...size, scale: 2 });
  const svg = await toSvg(figure, size);
  writeFileAtomic(file, page);
  if (png) writeFileAtomic(`${folder}/${name}.png`, png);
  if (svg) writeFileAtomic(`${folder}/${name}.svg`, svg);
  const hasPicture = png !== null && svg !== null;
  return { ...record, hasPicture, provenance: { ...source, ...record.provenance } };
}

function chooseNotebooks(only: string | undefined): string[] {
  const names = listFolder(projectPath('notebooks'))
    .filter((file) => file.endsWith('.ipynb'))
    .map((file) => file.slice(0, -'.ipynb'.length));
  if (only === undefined && names.length > 0) return names;
  const starts = (only ?? '').split(',').filter(Boolean);
  const missing = starts.filter((start) => !names.some((name) => name.startsWith(start)));
  if (starts.length === 0 || missing.length > 0) {
    throw new Error(
      `--only: no notebook ${missing.join(', ')}; expected the start of one of: ${names.join(', ') || '(none)'}`,
    );
  }
  return names.filter((name) => starts.some((start) => name.startsWith(start)));
}

/** The first heading of a notebook. */
function notebookTitle(notebook: Notebook): string | undefined {
  const headings = notebook.cells
    .filter((cell) => cell.cell_type === 'markdown')
    .map((cell) => /^#\s+(.+)$/m.exec(cellSource(cell)));
  return headings.find((match) => match)?.[1];
}

function notebookFile(name: string): string {
  return projectPath('notebooks', `${name}.ipynb`);
}

function projectRelative(path: string): string {
  return path.slice(projectPath('/').length);
}

/** The commit at hand, with "+changes" if lib, notebooks or data/micro differ from it; 'unknown' outside a git clone. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: projectPath(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changes = git('status', '--porcelain', '--', 'lib', 'data/micro', 'package-lock.json');
    return git('rev-parse', '--short=10', 'HEAD') + (changes ? '+changes' : '');
  } catch {
    return 'unknown';
  }
}
