import { join } from 'node:path';
import { writeFileAtomic } from '../disk/writeAtomic';
import { meterOptions, RunMeter } from '../monitor/measureRun';
import { readMonitor } from '../monitor/monitorFile';
import { runCheckpoints, type RunCheckpoint } from '../records/runCheckpoints';
import { scoreCheckpoints, type CheckpointScore } from '../monitor/scoreCheckpoint';
import { openMonitored } from './openMonitored';
import { parseOptions } from './parseOptions';
import { monitorFigure } from './monitorFigure';
import { scoreHeader, scoreRow } from './scoreTable';
import { StatusLine } from './statusLine';

/** Exit status where an alarm was raised. */
const ALARM = 3;

/** `traitlab monitor score`: what a monitor says of each checkpoint of a run; exit status 3 if it raised an alarm.
 *
 * One JSON line a checkpoint, or a table on a terminal. `--watch` waits for further checkpoints and ends `--idle` seconds after the last one, or
 * with `--stop` at the first alarm; `--plot` draws what there is to a page.
 */
export async function monitorScore(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    monitor: { required: true },
    model: { required: true },
    run: { required: true },
    suite: {},
    json: { flag: true },
    watch: { flag: true },
    idle: {},
    stop: { flag: true },
    plot: {},
    'system-role': {},
    backend: {},
  });
  const monitor = readMonitor(options.text('monitor'));
  const run = options.text('run');
  const isWatching = options.flag('watch');
  const idle = options.number('idle', 1, 600);
  const found = runCheckpoints(run);
  if (!isWatching) checkRun(run, found);
  const { suite, load } = await openMonitored(options, monitor);
  const meter = await RunMeter.open(await load(), suite, meterOptions(monitor));
  for (const name of found.aliases) console.error(`monitor: ${join(run, name)} has no step and is passed over`);
  const isTable = process.stdout.isTTY && !options.flag('json');
  if (isTable) console.log(scoreHeader(monitor));
  const scores: CheckpointScore[] = [];
  const score = async (checkpoint: RunCheckpoint): Promise<void> => {
    const [one] = scoreCheckpoints(monitor, await meter.measure(checkpoint));
    scores.push(one);
    console.log(isTable ? scoreRow(one, monitor) : JSON.stringify(one));
    const plot = options.optional('plot');
    if (plot !== undefined) writeFileAtomic(plot, monitorFigure(scores, { monitor, run }));
  };
  const isOver = (): boolean => options.flag('stop') && scores.some(({ alarm }) => alarm);
  for (const checkpoint of found.checkpoints) {
    if (isOver()) break;
    await score(checkpoint);
  }
  if (isWatching) await watch(run, { idle, isOver, score, isKnown: (step) => scores.some((one) => one.step === step) });
  return scores.some(({ alarm }) => alarm) ? ALARM : 0;
}

function checkRun(run: string, { checkpoints, unfinished }: ReturnType<typeof runCheckpoints>): void {
  if (unfinished.length > 0)
    throw new Error(
      `${unfinished.join(', ')}: no weights in it; expected adapter_model.safetensors or model.safetensors (--watch waits for them)`,
    );
  if (checkpoints.length === 0)
    throw new Error(`${run}: no checkpoint in it; expected folders checkpoint-STEP (--watch waits for them)`);
}

interface Watching {
  readonly idle: number;
  readonly isOver: () => boolean;
  readonly isKnown: (step: number) => boolean;
  readonly score: (checkpoint: RunCheckpoint) => Promise<void>;
}

/** Scores further checkpoints as they come. One that cannot be read yet is tried again until nothing has come for long. */
async function watch(run: string, { idle, isOver, isKnown, score }: Watching): Promise<void> {
  const line = new StatusLine(60);
  let last = performance.now();
  while (!isOver()) {
    const next = runCheckpoints(run).checkpoints.find(({ step }) => !isKnown(step));
    const waited = (performance.now() - last) / 1000;
    let problem: unknown;
    if (next !== undefined) {
      try {
        await score(next);
        last = performance.now();
        continue;
      } catch (error) {
        problem = error; // perhaps it is still being written
      }
    }
    if (waited > idle) {
      if (problem !== undefined) throw problem as Error;
      return;
    }
    line.update(`monitor: waiting for checkpoints in ${run}`);
    await new Promise((done) => setTimeout(done, 1000));
  }
}
