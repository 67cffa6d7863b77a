import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';

/** What a folder's generation_config.json says of how text is written. */
export interface GenerationConfig {
  readonly file: string;
  /** Ids that end a continuation. */
  readonly eosIds: readonly number[];
  /** Divides positive and multiplies negative logits of tokens that stand in the text already; 1 changes nothing. */
  readonly repetitionPenalty: number;
  /** Settings that would change what is written but are not built in, with their values. */
  readonly notBuilt: Readonly<Record<string, unknown>>;
  /** Settings of sampling, for which callers give their own. */
  readonly sampling: Readonly<Record<string, unknown>>;
}

/** Settings that transformers follows at any temperature, with the values that change nothing (null and empty ones never do). */
const notBuilt: Readonly<Record<string, readonly unknown[]>> = {
  bad_words_ids: [],
  begin_suppress_tokens: [],
  constraints: [],
  diversity_penalty: [0],
  dola_layers: [],
  encoder_no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  exponential_decay_length_penalty: [],
  force_words_ids: [],
  forced_bos_token_id: [],
  forced_decoder_ids: [],
  forced_eos_token_id: [],
  guidance_scale: [1],
  max_time: [],
  min_length: [0],
  min_new_tokens: [0],
  no_repeat_ngram_size: [0],
  num_beams: [1],
  penalty_alpha: [0],
  sequence_bias: [],
  stop_strings: [],
  suppress_tokens: [],
  token_healing: [false],
  watermarking_config: [],
};

/** Settings of sampling, likewise. */
const sampling: Readonly<Record<string, readonly unknown[]>> = {
  temperature: [],
  top_k: [0],
  top_p: [1],
  top_h: [1],
  min_p: [0],
  typical_p: [1],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
};

/** Reads generation_config.json; undefined where a folder has none.
 *
 * Where there is one, its end ids count and not those of config.json, even if it names none: so does transformers.
 *
 * @throws Error naming the file if end ids or repetition penalty are none
 * @check test/goldens/checkpoints (greedy tokens of transformers)
 */
export function readGenerationConfig(dir: string): GenerationConfig | undefined {
  const file = join(dir, 'generation_config.json');
  if (!fileExists(file)) return undefined;
  const json = readJson('loadModel', file);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Error(`loadModel: ${file}: not a JSON object; expected generation settings`);
  const settings = json as Record<string, unknown>;
  const eosIds = [settings.eos_token_id ?? []].flat();
  const penalty = settings.repetition_penalty ?? 1;
  const problems: string[] = [];
  if (!eosIds.every((id) => Number.isSafeInteger(id)))
    problems.push(`eos_token_id is ${JSON.stringify(settings.eos_token_id)}; expected an id or a list of ids`);
  if (!(typeof penalty === 'number' && penalty > 0))
    problems.push(`repetition_penalty is ${JSON.stringify(penalty)}; expected a number above 0`);
  if (problems.length > 0) throw new Error(`loadModel: ${file}: ${problems.join('; ')}`);
  return {
    file,
    eosIds: eosIds as number[],
    repetitionPenalty: penalty as number,
    notBuilt: thatMatter(settings, notBuilt),
    sampling: thatMatter(settings, sampling),
  };
}

/** The settings of a table that are not at a value that changes nothing. */
function thatMatter(settings: Record<string, unknown>, table: typeof sampling): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  const keys = Object.keys(table).filter((key) => !isEmpty(settings[key]) && !table[key].includes(settings[key]));
  return Object.fromEntries(keys.map((key) => [key, settings[key]]));
}
