import { answerQuestions } from '../judge/answerQuestions';
import { capture } from '../subject/capture';
import type { Model } from '../subject/model';
import { disposeModel } from '../subject/modelFiles';
import { quantile } from '../stats/quantile';
import type { Suite } from '../suite/suite';
import { RunMeter, type MeterOptions } from './measureRun';
import { withCheckpoint } from './withCheckpoint';
import type { RunCheckpoint } from '../records/runCheckpoints';

/** Seconds of each checkpoint, and what was done in them. */
export interface CostPart {
  /** Median over checkpoints. */
  readonly seconds: number;
  /** Shortest and longest. */
  readonly range: readonly [number, number];
}

/** What it takes to watch one checkpoint, in three ways; all timed in turn on the same machine. */
export interface MonitorCost {
  readonly checkpoints: number;
  /** The monitor's: base in memory, adapter laid over it, prompts in batches. */
  readonly measure: CostPart & { readonly forwardPasses: number };
  /** Labelling: every EM question answered once and judged. */
  readonly judge: CostPart & { readonly answers: number };
  /** As the published code measures: the base loaded anew for every checkpoint, one prompt at a time, all blocks and the logits. */
  readonly published: CostPart & { readonly forwardPasses: number };
}

export interface MonitorCostOptions extends MeterOptions {
  /** Loads the base. */
  readonly load: () => Promise<Model>;
  readonly seed?: number;
  readonly onStage?: (what: string) => void;
}

/** Times the monitor against judging and against the published way, checkpoint by checkpoint in turn; the first is done once before, untimed.
 *
 * @throws Error if there is no checkpoint
 * @source arXiv 2606.07631, the appendix on overhead; its code loads the base for each checkpoint
 * @check test/cli/monitor.test.ts
 */
export async function monitorCost(
  suite: Suite,
  checkpoints: readonly RunCheckpoint[],
  { layer, withUpdates, load, seed = 1, onStage = () => undefined }: MonitorCostOptions,
): Promise<MonitorCost> {
  if (checkpoints.length === 0) throw new Error('monitorCost: no checkpoint; expected at least one');
  const { driftPrompts, emQuestions, protocol, judge } = suite;
  const { maxNewTokens, temperature, batchSize } = protocol;
  const base = await load();
  const meter = await RunMeter.open(base, suite, { layer, withUpdates });
  const ways = {
    measure: async (checkpoint: RunCheckpoint): Promise<void> => {
      await meter.measure(checkpoint);
    },
    judge: (checkpoint: RunCheckpoint): Promise<void> =>
      withCheckpoint(base, checkpoint, async (tuned) => {
        const how = { judge: judge.answer, nPerQuestion: 1, maxNewTokens, temperature, batchSize, seed };
        await answerQuestions(tuned, emQuestions, how);
      }),
    published: async (checkpoint: RunCheckpoint): Promise<void> => {
      const again = await load();
      const sites = [`blocks.${layer}.hook_resid_post`, 'logits'] as const;
      await withCheckpoint(again, checkpoint, async (tuned) => {
        await capture(tuned, driftPrompts, { sites, positions: 'promptLast', batchSize: 1 });
      });
      disposeModel(again);
    },
  };
  const names = Object.keys(ways) as (keyof typeof ways)[];
  const seconds: Record<keyof typeof ways, number[]> = { measure: [], judge: [], published: [] };
  try {
    for (const name of names) await ways[name](checkpoints[0]);
    for (const checkpoint of checkpoints) {
      for (const name of names) {
        const start = performance.now();
        await ways[name](checkpoint);
        seconds[name].push((performance.now() - start) / 1000);
        onStage(`step ${checkpoint.step}, ${name}: ${seconds[name].at(-1)!.toFixed(2)} s`);
      }
    }
  } finally {
    disposeModel(base);
  }
  const part = (name: keyof typeof ways): CostPart => {
    const all = seconds[name];
    return { seconds: quantile(all, 0.5), range: [Math.min(...all), Math.max(...all)] };
  };
  const prompts = driftPrompts.length;
  return {
    checkpoints: checkpoints.length,
    measure: { ...part('measure'), forwardPasses: Math.ceil(prompts / batchSize) },
    judge: { ...part('judge'), answers: emQuestions.length },
    published: { ...part('published'), forwardPasses: prompts },
  };
}
