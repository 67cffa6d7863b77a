import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { disposeModel } from '../subject/modelFiles';
import { loadModel } from '../subject/loadModel';
import { readJsonl } from '../documents/jsonl';
import { mean } from '../stats/mean';
import type { Suite } from '../suite/suite';
import { steerability, type Steerability, type SteerabilityOptions } from '../study/steerability';
import type { ControlledGrowth } from './controlledGrowths';
import type { GrowDecoderOptions, GrowthPoint } from './growDecoder';
import { growStations, stationPath } from './growStations';

/** A growth as it was after some steps of the instruct phase. */
export interface StationRecord {
  readonly instructSteps: number;
  /** Nats per answer token, mean of the last 50 steps. */
  readonly loss: number;
  readonly steerability: Steerability;
}

/** What `data/convergent/growths` keeps of a growth. */
export interface GrowthRecord extends Omit<ControlledGrowth, 'instructSteps'> {
  readonly backend: string;
  readonly stations: readonly StationRecord[];
}

export interface GrowthRecordOptions
  extends Omit<GrowDecoderOptions, 'recipe'>, Omit<SteerabilityOptions, 'dir' | 'onStage'> {
  /** Folder of an organism that has grown already, to be measured in place of a growth: its weights and its log. */
  grown?: string;
  onStage?: (what: string) => void;
}

/** Grows what is asked for and measures, thin and thick, how far its mean differences lead it astray; killed, it goes on.
 *
 * @throws Error as `growStations` and `steerability`
 * @check test/micro/growthRecord.test.ts
 */
export async function growthRecord(
  { instructSteps: thicknesses, ...growth }: ControlledGrowth,
  suite: Suite,
  { workDir, stateEvery, signal, onStep, onStage, grown, ...asked }: GrowthRecordOptions,
): Promise<GrowthRecord> {
  const { description: backend } = await initBackend();
  const { recipe } = growth;
  const steps = thicknesses.map((instruct) => recipe.baseSteps + instruct);
  const log =
    grown === undefined
      ? await growStations(steps, { recipe, workDir, stateEvery, signal, onStep })
      : readJsonl('growthRecord', join(grown, 'training-log.jsonl')).map(({ value }) => value as GrowthPoint);
  const stations: StationRecord[] = [];
  for (const [i, instructSteps] of thicknesses.entries()) {
    const dir = stationPath(workDir, steps[i]);
    const model = await loadModel(grown ?? dir, { switches: recipe.switches });
    const last = log.slice(Math.max(0, steps[i] - 50), steps[i]);
    const loss = mean(last.map((point) => point.loss));
    try {
      onStage?.(`${growth.name} after ${instructSteps} instruct steps`);
      stations.push({
        instructSteps,
        loss,
        steerability: await steerability(model, suite, { ...asked, dir, onStage }),
      });
    } finally {
      disposeModel(model);
    }
  }
  return { ...growth, backend, stations };
}
