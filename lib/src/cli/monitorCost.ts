import { availableParallelism, cpus } from 'node:os';
import { checkOutput } from '../disk/checkOutput';
import { writeFileAtomic } from '../disk/writeAtomic';
import { readCostFile, type CostFile } from '../monitor/costFile';
import { meterOptions } from '../monitor/measureRun';
import { monitorCost } from '../monitor/monitorCost';
import { readMonitor } from '../monitor/monitorFile';
import { runCheckpoints } from '../records/runCheckpoints';
import { openMonitored } from './openMonitored';
import { parseOptions } from './parseOptions';
import { StatusLine } from './statusLine';

/** `traitlab monitor cost`: seconds and forward passes of measuring a checkpoint, beside those of judging it and of measuring it as published,
 * timed in turn on some checkpoints of a run.
 *
 * One JSON line on standard output; `--out` adds it to a file, in the place of what the file has of that model.
 */
export async function monitorCostCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    monitor: { required: true },
    model: { required: true },
    run: { required: true },
    suite: {},
    checkpoints: {},
    out: {},
    'system-role': {},
    backend: {},
  });
  const monitor = readMonitor(options.text('monitor'));
  const run = options.text('run');
  const out = options.optional('out');
  if (out !== undefined) checkOutput('monitor', out, 'file');
  const known = out === undefined ? undefined : readCostFile(out);
  const { checkpoints } = runCheckpoints(run);
  if (checkpoints.length === 0) throw new Error(`${run}: no checkpoint in it; expected folders checkpoint-STEP`);
  const { suite, load, backend } = await openMonitored(options, monitor);
  await suite.judge.ready?.();
  const line = new StatusLine();
  const cost = await monitorCost(suite, checkpoints.slice(0, options.integer('checkpoints', 1, 5)), {
    ...meterOptions(monitor),
    load,
    onStage: (what) => line.update(`monitor: ${what}`),
  });
  const row = { model: monitor.model.name, ...cost };
  console.log(JSON.stringify(row));
  if (out === undefined) return 0;
  const here = {
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`,
    date: new Date().toISOString().slice(0, 10),
    backend: backend.description,
  };
  const isSame = known?.machine === here.machine && known.backend === here.backend;
  const others = isSame ? known.models.filter(({ model }) => model !== row.model) : [];
  const file: CostFile = { ...here, models: [...others, row] };
  writeFileAtomic(out, `${JSON.stringify(file, null, 2)}\n`);
  return 0;
}
