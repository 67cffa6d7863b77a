import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';
import { parseJson } from '../documents/readJson';
import { writeFileAtomic } from '../disk/writeAtomic';
import { ablationKeys, type OrganismAblation } from './organismAblation';
import type { OrganismSurvey } from './organismSurvey';

/** What is measured of an organism as a whole, by the name of its file. */
export interface OrganismResults {
  readonly survey: OrganismSurvey;
  readonly ablation: OrganismAblation;
}

/** The survey or the ablations of an organism, or undefined if there are none of these weights or, for ablations, of today's finetunes.
 *
 * @param dir  folder of the organism's results, `data/study/llama`
 * @throws Error if the file is not JSON
 */
export function readOrganismResult<K extends keyof OrganismResults>(
  kind: K,
  dir: string,
  modelHash: string,
): OrganismResults[K] | undefined {
  const path = join(dir, `${kind}.json`);
  if (!fileExists(path)) return undefined;
  const result = parseJson('readOrganismResult', path, readText('readOrganismResult', path)) as OrganismResults[K];
  const { finetunes } = result as Partial<OrganismAblation>;
  const isStale = kind === 'ablation' && finetunes?.join() !== ablationKeys(modelHash).join();
  return result.modelHash === modelHash && !isStale ? result : undefined;
}

/** Writes the survey or the ablations of an organism. */
export function writeOrganismResult<K extends keyof OrganismResults>(
  kind: K,
  dir: string,
  result: OrganismResults[K],
): void {
  writeFileAtomic(join(dir, `${kind}.json`), `${JSON.stringify(result)}\n`);
}
