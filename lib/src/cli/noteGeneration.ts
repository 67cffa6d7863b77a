import { readGenerationConfig } from '../model/generationConfig';
import type { Model } from '../subject/model';

/** Says on standard error what generation_config.json asks for that is done, and what is not. */
export function noteGeneration(model: Model, temperature: number): void {
  const settings = model.dir === undefined ? undefined : readGenerationConfig(model.dir);
  for (const note of settings === undefined ? [] : generationNotes(settings, temperature))
    console.error(`generate: ${note}`);
}

/** What there is to say of generation settings, a line each.
 *
 * @param temperature  what is asked for; 0 is greedy, where settings of sampling change nothing
 */
function generationNotes(
  { file, eosIds, repetitionPenalty, notBuilt, sampling }: NonNullable<ReturnType<typeof readGenerationConfig>>,
  temperature: number,
): string[] {
  const listed = (settings: Readonly<Record<string, unknown>>): string =>
    Object.entries(settings)
      .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
      .join(', ');
  const { temperature: own, ...others } = sampling;
  const unused = own === undefined || own === temperature ? others : sampling;
  const notes: string[] = [];
  if (eosIds.length === 0) notes.push(`${file} names no eos_token_id: no token ends a continuation`);
  if (repetitionPenalty !== 1) notes.push(`${file}: repetition_penalty ${repetitionPenalty} is applied`);
  if (Object.keys(notBuilt).length > 0)
    notes.push(`${file}: not applied, as they are not built in: ${listed(notBuilt)}`);
  if (temperature > 0 && Object.keys(unused).length > 0)
    notes.push(`${file}: not applied, as --temperature ${temperature} is all that is asked for: ${listed(unused)}`);
  return notes;
}
