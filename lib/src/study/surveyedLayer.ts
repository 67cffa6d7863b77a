import { join } from 'node:path';
import { readOrganismResult } from './organismResult';

/** The block, from 0, whose output the survey of an organism chose to measure directions in.
 *
 * @param dir        folder of the organism's results, `data/study/llama`
 * @param modelHash  of the weights at hand
 * @throws Error if no survey of these weights is there
 */
export function surveyedLayer(dir: string, modelHash: string): number {
  const survey = readOrganismResult('survey', dir, modelHash);
  if (survey === undefined)
    throw new Error(
      `surveyedLayer: ${join(dir, 'survey.json')}; expected a survey of the weights ${modelHash.slice(0, 12)}, as \`npx traitlab study run --only survey\` writes it`,
    );
  return survey.layerChoice.layer;
}
