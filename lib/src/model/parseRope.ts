import type { ConfigReader } from './configReader';
import type { Rope, RopeScaling } from './modelConfig';

/** Reads rotary settings in both spellings: `rope_theta` + `rope_scaling` (transformers 4), `rope_parameters` (5).
 *
 * Where both stand, `rope_scaling` takes the place of `rope_parameters`, and a base in the object counts more than one beside it: so does
 * transformers. It would also forget the base of `rope_parameters` then; a file where that matters is refused.
 *
 * @source transformers 5.24, RotaryEmbeddingConfigMixin.convert_rope_params_to_dict
 * @check test/goldens/checkpoints (pairs of spellings, rotary frequencies and greedy tokens of transformers)
 */
export function parseRope(read: ConfigReader): Rope {
  const parameters = read.record('rope_parameters');
  const scaling = read.record('rope_scaling');
  const outer = read.number('rope_theta', 10000);
  const replaces = Object.keys(scaling ?? {}).length > 0;
  const where = replaces || parameters === undefined ? 'rope_scaling' : 'rope_parameters';
  const { rope_theta: theta = outer, ...settings } = (replaces ? scaling : parameters) ?? {};
  if (!(typeof theta === 'number' && theta > 0))
    read.problem(`${where}.rope_theta is ${JSON.stringify(theta)}; expected a positive number`);
  if (replaces) checkNothingForgotten(read, parameters, { rope_theta: theta });
  return { ropeTheta: theta as number, ropeScaling: parseScaling(read, where, settings) };
}

/** Refuses a rope_scaling that takes the place of a rope_parameters with other values of some keys, which transformers then forgets.
 *
 * @param taken  the values that count, by key
 */
export function checkNothingForgotten(
  read: ConfigReader,
  parameters: Readonly<Record<string, unknown>> | undefined,
  taken: Readonly<Record<string, unknown>>,
): void {
  for (const [key, value] of Object.entries(taken)) {
    const forgotten = parameters?.[key] ?? value;
    if (forgotten === value) continue;
    read.problem(
      `rope_scaling takes the place of rope_parameters and its ${key} ${JSON.stringify(forgotten)}; expected one of the two, or ${key} in rope_scaling`,
    );
  }
}

/** Reads what is done to rotary frequencies from the settings at `where`, without their base. */
export function parseScaling(
  read: ConfigReader,
  where: string,
  settings: Record<string, unknown>,
): RopeScaling | undefined {
  // `type` is the older name; where both stand, the newer counts.
  const { rope_type: newName, type: oldName, ...rest } = settings;
  const kind = newName ?? oldName ?? 'default';
  const used = new Set<string>();
  const number = (key: string): number => {
    used.add(key);
    const value = rest[key];
    if (typeof value === 'number' && value > 0) return value;
    read.problem(
      `${where}.${key} is ${value === undefined ? 'missing' : JSON.stringify(value)}; expected a positive number`,
    );
    return 1;
  };
  let scaling: RopeScaling | undefined;
  if (kind === 'linear') scaling = { kind, factor: number('factor') };
  else if (kind === 'llama3') {
    scaling = {
      kind,
      factor: number('factor'),
      lowFreqFactor: number('low_freq_factor'),
      highFreqFactor: number('high_freq_factor'),
      originalContext: number('original_max_position_embeddings'),
    };
  } else if (kind !== 'default') {
    read.problem(`unsupported rope type ${JSON.stringify(kind)} in ${where}; expected default, linear or llama3`);
    return undefined;
  }
  const unknown = Object.keys(rest).filter((key) => !used.has(key) && rest[key] !== null);
  if (unknown.length > 0)
    read.problem(
      `unknown keys in ${where}: ${unknown.join(', ')}; expected the settings of rope type ${JSON.stringify(kind)}`,
    );
  return scaling;
}
