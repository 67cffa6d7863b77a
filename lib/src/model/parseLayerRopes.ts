import type { ConfigReader } from './configReader';
import type { Rope } from './modelConfig';
import { parseScaling } from './parseRope';

/** Reads the two rotaries of a Gemma 3, in both spellings: `rope_theta`, `rope_scaling` and `rope_local_base_freq`
 * (transformers 4), or `rope_parameters` by layer type (5).
 *
 * `rope_scaling` goes before what `rope_parameters` says of full attention, and what that holds before the keys beside it,
 * as in transformers.
 *
 * @returns that of layers that see all, and that of layers with a window
 * @source precedence as in transformers' Gemma3TextConfig
 * @check test/model/parseConfig.test.ts, test/model/parity.test.ts
 */
export function parseLayerRopes(read: ConfigReader): Rope & { readonly windowRope: Rope } {
  const { full_attention: full, sliding_attention: sliding, ...unknown } = read.record('rope_parameters') ?? {};
  if (Object.keys(unknown).length > 0)
    read.problem(
      `unknown keys in rope_parameters: ${Object.keys(unknown).join(', ')}; expected full_attention and sliding_attention`,
    );
  const of = (settings: unknown, layers: string): Record<string, unknown> => {
    if (settings === undefined || settings === null) return {};
    if (typeof settings === 'object' && !Array.isArray(settings)) return settings as Record<string, unknown>;
    read.problem(`rope_parameters.${layers} is ${JSON.stringify(settings)}; expected an object`);
    return {};
  };
  const all = { ...of(full, 'full_attention'), ...read.record('rope_scaling') };
  const [theta, windowTheta] = [read.number('rope_theta', 1e6), read.number('rope_local_base_freq', 1e4)];
  return {
    ...parseOne(read, 'rope_parameters.full_attention', { rope_theta: theta, ...all }),
    windowRope: parseOne(read, 'rope_parameters.sliding_attention', {
      rope_theta: windowTheta,
      ...of(sliding, 'sliding_attention'),
    }),
  };
}

function parseOne(read: ConfigReader, where: string, settings: Readonly<Record<string, unknown>>): Rope {
  const { rope_theta: ropeTheta, ...rest } = settings;
  if (!(typeof ropeTheta === 'number' && ropeTheta > 0))
    read.problem(`${where}.rope_theta is ${JSON.stringify(ropeTheta)}; expected a positive number`);
  return { ropeTheta: ropeTheta as number, ropeScaling: parseScaling(read, where, rest) };
}
