// npm run bench [-- --rounds N]: our wasm kernels, the stock ones and PyTorch (1 and 2 threads) on the same cases, engine
// after engine, in several rounds, so that what else the machine does hits all alike. Writes bench/results.{json,md}.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { caseName, cases, caseUnit } from './cases';

const root = resolve(__dirname, '../..');
const python = process.env.TRAITLAB_PYTHON;

/** How each engine is started; PyTorch needs the Python environment that TRAITLAB_PYTHON names. */
const engines: Record<string, (casesFile: string) => readonly string[]> = {
  ours: () => [process.execPath, join(__dirname, 'worker.js'), 'ours'],
  stock: () => [process.execPath, join(__dirname, 'worker.js'), 'stock'],
  ...(python === undefined
    ? {}
    : {
        torch1: (file: string) => [python, join(root, 'bench/torch_reference.py'), file, '1'],
        torch2: (file: string) => [python, join(root, 'bench/torch_reference.py'), file, '2'],
      }),
};

interface Summary {
  median: number;
  min: number;
  max: number;
  n: number;
}

function main(): void {
  const at = process.argv.indexOf('--rounds');
  const rounds = at < 0 ? 3 : Number(process.argv[at + 1]);
  if (!(Number.isInteger(rounds) && rounds >= 1)) {
    throw new Error(`bench: invalid --rounds; expected a positive integer, got ${process.argv[at + 1]}`);
  }
  if (python === undefined) say('TRAITLAB_PYTHON is not set: no comparison with PyTorch');
  const { wall, cpu } = measure(rounds);
  const summaries = cases.map((c, i) => ({
    name: caseName(c),
    ...caseUnit(c),
    cpuTime: Object.fromEntries(['ours', 'torch1'].map((engine) => [engine, summarise(cpu[engine]?.[i] ?? [])])),
    engines: Object.fromEntries(Object.keys(engines).map((engine) => [engine, summarise(wall[engine][i])])),
  }));
  const header = {
    date: new Date().toISOString(),
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    node: process.version,
    load: loadavg()[0],
    rounds,
  };
  const table = markdown(header, summaries);
  write('results.json', `${JSON.stringify({ ...header, cases: summaries }, null, 1)}\n`);
  write('results.md', table);
  console.log(table);
}

/** engine → case → all results of all rounds; the engines follow each other closely, kind of case by kind of case. */
function measure(rounds: number): { wall: Record<string, number[][]>; cpu: Record<string, number[][]> } {
  const folder = mkdtempSync(join(tmpdir(), 'traitlab-bench-'));
  const file = join(folder, 'cases.json');
  writeFileSync(file, JSON.stringify(cases));
  const none = (): Record<string, number[][]> =>
    Object.fromEntries(Object.keys(engines).map((engine) => [engine, cases.map((): number[] => [])]));
  const [wall, cpu] = [none(), none()];
  const kinds = [...new Set(cases.map((c) => c.kind))];
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const kind of kinds) {
        for (const [engine, command] of Object.entries(engines)) {
          if (engine === 'stock' && round > 1) continue; // for contrast only, and slow
          say(`round ${round} of ${rounds}: ${kind}, ${engine}`);
          const [program, ...args] = [...command(file), kind];
          const output = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
          for (const line of output.split('\n').filter((text) => text.startsWith('{'))) {
            const result = JSON.parse(line) as { case: number; values: number[]; cpu: number[] };
            wall[engine][result.case].push(...result.values);
            cpu[engine][result.case].push(...result.cpu);
          }
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { wall, cpu };
}

function summarise(values: number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1], n: sorted.length };
}

interface Row {
  name: string;
  unit: string;
  moreIsBetter: boolean;
  engines: Record<string, Summary>;
  cpuTime: Record<string, Summary>;
}

function markdown(
  header: { date: string; cpu: string; cores: number; node: string; load: number },
  rows: Row[],
): string {
  const names: Record<string, string> = {
    ours: 'ours',
    stock: 'stock wasm',
    torch1: 'PyTorch, 1 thread',
    torch2: 'PyTorch, 2 threads',
  };
  const used = Object.keys(engines);
  const others = used.filter((engine) => engine !== 'ours');
  const show = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));
  const inCpuTime = 'torch1' in engines ? ['ours : PyTorch, 1 thread, CPU time'] : [];
  const cell = ({ median, min, max }: Summary): string => `${show(median)} (${show(min)}–${show(max)})`;
  const lines = [
    `Measured ${header.date.slice(0, 10)} on ${header.cpu}, ${header.cores} cores, Node ${header.node}, load average ${header.load.toFixed(1)}; ` +
      'ours and stock wasm with one thread. Medians (smallest–largest); a ratio says how many times as long ours takes, by medians (by the best of each). On a busy machine look at the ratio of CPU times, which other work disturbs least.',
    '',
    `| ${['case', 'unit', ...used.map((e) => names[e]), ...others.map((e) => `ours : ${names[e]}`), ...inCpuTime].join(' | ')} |`,
    `|---|---|${'---|'.repeat(used.length + others.length + inCpuTime.length)}`,
    ...rows.map((row) => {
      const ratios = others.map((e) => {
        const best = row.moreIsBetter ? 'max' : 'min';
        const [middle, ideal] = (['median', best] as const).map((key) => row.engines.ours[key] / row.engines[e][key]);
        return row.moreIsBetter ? `${show(1 / middle)} (${show(1 / ideal)})` : `${show(middle)} (${show(ideal)})`;
      });
      const { ours, torch1 } = row.cpuTime;
      const cpu = row.moreIsBetter ? torch1.median / ours.median : ours.median / torch1.median;
      const last = inCpuTime.map(() => show(cpu));
      return `| ${[row.name, row.unit, ...used.map((e) => cell(row.engines[e])), ...ratios, ...last].join(' | ')} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function write(name: string, text: string): void {
  const path = join(root, 'bench', name);
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

const say = (text: string): void => console.error(`bench: ${text}`);

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
