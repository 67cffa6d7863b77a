import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { inProject } from '../disk/inProject';
import { readJson } from '../documents/readJson';
import type { Survey } from './survey';

/** The block, from 0, that the survey of a model chose to measure directions in.
 *
 * @param dir        folder of the model's results, from the working folder or else from the project's, `data/study/llama`
 * @param modelHash  of the weights at hand
 * @throws Error if no survey of these weights is there
 */
export function surveyedLayer(dir: string, modelHash: string): number {
  const file = join(inProject(dir), 'survey.json');
  const survey = fileExists(file) ? (readJson('surveyedLayer', file) as Survey) : undefined;
  if (survey?.modelHash !== modelHash)
    throw new Error(
      `surveyedLayer: ${file}; expected a survey of the weights ${modelHash.slice(0, 12)}, as \`npx traitlab study run --only survey\` writes it`,
    );
  return survey.layerChoice.layer;
}
