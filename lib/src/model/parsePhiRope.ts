import type { ConfigReader } from './configReader';
import type { ModelConfig, Rope, RopeScaling } from './modelConfig';
import { checkNothingForgotten, parseScaling } from './parseRope';

/** Reads the rotary settings of a Phi: a part of each head may be turned, and `longrope` may stretch each frequency.
 *
 * `rope_scaling` (transformers 4) goes before `rope_parameters` (5), and what they hold before the same key beside them,
 * as in transformers.
 *
 * attentionFactor = √(1 + ln(factor)/ln(originalContext)), factor = nCtx/originalContext, where the settings name neither.
 *
 * @source Ding et al. 2024 (arXiv 2402.13753); precedence as in transformers' Phi3Config
 * @check test/model/parseConfig.test.ts, test/model/parity.test.ts
 */
export function parsePhiRope(
  read: ConfigReader,
  { dHead, nCtx }: Pick<ModelConfig, 'dHead' | 'nCtx'>,
): Rope & Pick<ModelConfig, 'rotarySize'> {
  const [scaling, parameters] = [read.record('rope_scaling'), read.record('rope_parameters')];
  const isOlder = scaling !== undefined && Object.keys(scaling).length > 0;
  const where = isOlder ? 'rope_scaling' : 'rope_parameters';
  const {
    rope_theta: ropeTheta = read.number('rope_theta', 10000),
    partial_rotary_factor: part = read.number('partial_rotary_factor', 1),
    ...rest
  } = (isOlder ? scaling : parameters) ?? {};
  if (isOlder) checkNothingForgotten(read, parameters, { rope_theta: ropeTheta, partial_rotary_factor: part });
  const originalContext = read.size('original_max_position_embeddings', 4096);
  if (!isPositive(ropeTheta))
    read.problem(`${where}.rope_theta is ${JSON.stringify(ropeTheta)}; expected a positive number`);
  const rotarySize = isPositive(part) && part <= 1 ? Math.trunc(dHead * part) : 0;
  if (rotarySize === 0 || rotarySize % 2 !== 0)
    read.problem(
      `partial_rotary_factor ${JSON.stringify(part)} of head size ${dHead} is no even part; expected an even number of rotary dimensions from 2 to ${dHead}`,
    );
  const kind = rest.rope_type ?? rest.type ?? 'default';
  const rope = { ropeTheta: ropeTheta as number, rotarySize };
  if (kind === 'default') return { ...rope, ropeScaling: parseScaling(read, where, rest) };
  if (!['longrope', 'su', 'yarn'].includes(kind as string)) {
    read.problem(`unsupported rope type ${JSON.stringify(kind)} in ${where}; expected default or longrope`);
    return rope;
  }
  return { ...rope, ropeScaling: parseLongRope(read, { where, settings: rest, rotarySize, originalContext, nCtx }) };
}

interface LongRopeSettings {
  readonly where: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly rotarySize: number;
  readonly originalContext: number;
  readonly nCtx: number;
}

function parseLongRope(
  read: ConfigReader,
  { where, settings, rotarySize, originalContext, nCtx }: LongRopeSettings,
): RopeScaling {
  const {
    rope_type: _newName,
    type: _oldName,
    short_factor: shortFactors,
    long_factor: longFactors,
    original_max_position_embeddings: inner,
    factor = nCtx / originalContext,
    attention_factor: given,
    ...unknown
  } = settings;
  for (const [key, factors] of Object.entries({ short_factor: shortFactors, long_factor: longFactors })) {
    if (!(Array.isArray(factors) && factors.length === rotarySize / 2 && factors.every(isPositive)))
      read.problem(`${where}.${key} is ${short(factors)}; expected ${rotarySize / 2} positive numbers`);
  }
  if (inner !== undefined && inner !== null && inner !== originalContext)
    read.problem(
      `original_max_position_embeddings is ${originalContext} (4096 where it is missing) but ${JSON.stringify(inner)} in ${where}; expected the same beside it`,
    );
  const stretch = factor ?? nCtx / originalContext;
  if (!isPositive(stretch)) read.problem(`${where}.factor is ${JSON.stringify(factor)}; expected a positive number`);
  if (given !== undefined && given !== null && !isPositive(given))
    read.problem(`${where}.attention_factor is ${JSON.stringify(given)}; expected a positive number`);
  const extra = Object.keys(unknown).filter((key) => unknown[key] !== null);
  if (extra.length > 0)
    read.problem(`unknown keys in ${where}: ${extra.join(', ')}; expected the settings of rope type "longrope"`);
  const derived = (stretch as number) <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch as number) / Math.log(originalContext));
  return {
    kind: 'longrope',
    shortFactors: shortFactors as number[],
    longFactors: longFactors as number[],
    originalContext,
    attentionFactor: (given as number | null | undefined) ?? derived,
  };
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function short(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
