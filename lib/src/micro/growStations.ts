import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { disposeDecoder } from '../model/decoder';
import { saveDecoder } from '../model/saveDecoder';
import { growDecoder, type GrowDecoderOptions, type GrowthPoint } from './growDecoder';
import { microTokenizerFiles } from './tokenizerFiles';

/** Folder of the weights that a growth has after a step. */
export const stationPath = (workDir: string, step: number): string => join(workDir, `step-${step}`);

/** Grows a decoder and keeps it on the way, in bfloat16 as organisms are: open a folder with `loadModel(path, { switches })`.
 *
 * @param steps  after which it is kept, as `stationPath` names the folder
 * @returns the log of all steps
 * @throws Error as `growDecoder`
 * @check test/micro/growthRecord.test.ts
 */
export async function growStations(
  steps: readonly number[],
  { onStep, ...options }: GrowDecoderOptions,
): Promise<readonly GrowthPoint[]> {
  const { recipe, workDir } = options;
  const nSteps = recipe.baseSteps + recipe.instructSteps;
  const beyond = steps.filter((step) => !(Number.isInteger(step) && step >= 1 && step <= nSteps));
  if (beyond.length > 0)
    throw new Error(`growStations: no step ${beyond.join(', ')}; expected integers in [1, ${nSteps}]`);
  const { log, ...grown } = await growDecoder({
    ...options,
    onStep: async (report, now) => {
      if (steps.includes(report.step))
        await saveDecoder(stationPath(workDir, report.step), now, { dtype: 'bf16', files: microTokenizerFiles() });
      await onStep?.(report, now);
    },
  });
  disposeDecoder(grown);
  const missing = steps.filter((step) => !fileExists(join(stationPath(workDir, step), 'model.safetensors')));
  if (missing.length > 0)
    throw new Error(`growStations: ${workDir}: nothing kept of step ${missing.join(', ')}; expected it (without state.safetensors all is grown again)`); // prettier-ignore
  return log;
}
