/** What an adapter_config.json says about a low-rank adapter. */
export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Scale alpha/√rank instead of alpha/rank. */
  readonly rslora: boolean;
  /** Probability that an input of the adapter is dropped in training. */
  readonly dropout: number;
  /** Which modules: ends of their names, one regular expression over the whole name, or `all-linear`. */
  readonly targetModules: readonly string[] | string;
  /** Modules left out, named in the same way. */
  readonly excludeModules?: readonly string[] | string;
  /** Ranks of their own by regular expression over the end of a module's name; the first that matches counts. */
  readonly rankPattern: Readonly<Record<string, number>>;
  /** Alphas of their own, likewise. */
  readonly alphaPattern: Readonly<Record<string, number>>;
  /** Blocks that get the adapter (default all). */
  readonly layersToTransform?: readonly number[];
  /** Names of the list of blocks, for `layersToTransform` (default any). */
  readonly layersPattern?: readonly string[];
  /** The base model's name, as text. */
  readonly baseModel?: string;
}

/** Keys whose value changes nothing here. */
const harmless = [
  'auto_mapping',
  'inference_mode',
  'megatron_core',
  'peft_version',
  'qalora_group_size',
  'revision',
  'runtime_config',
];

/** Initialisations that leave the base weights as they are. */
const plainInit: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'orthogonal', 'eva'];

/** Checks the contents of an adapter_config.json.
 *
 * A key that is not known is accepted only where it is switched off (null, false, empty); variants of LoRA are refused by name.
 *
 * @param json  parsed file
 * @param file  its path, for messages
 * @throws Error listing everything that does not fit
 */
export function parseLoraConfig(json: unknown, file: string): LoraConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`parseLoraConfig: ${file}: not a JSON object; expected an adapter_config.json of PEFT`);
  }
  const left = new Map(Object.entries(json as Record<string, unknown>));
  const problems: string[] = [];
  const take = (key: string): unknown => {
    const value = left.get(key);
    left.delete(key);
    return value ?? undefined;
  };
  const check = <T>(key: string, fits: (value: unknown) => boolean, expected: string, fallback?: T): T => {
    const value = take(key) ?? fallback;
    if (!fits(value)) problems.push(`${key} is ${JSON.stringify(value) ?? 'missing'}; expected ${expected}`);
    return value as T;
  };
  for (const key of harmless) left.delete(key);
  check('peft_type', (v) => v === 'LORA', '"LORA"');
  check('task_type', (v) => v === undefined || v === 'CAUSAL_LM', '"CAUSAL_LM" or null');
  check('bias', (v) => v === 'none', '"none" (trained biases are not supported)', 'none');
  check(
    'init_lora_weights',
    (v) => plainInit.includes(v),
    'true, false, "gaussian", "orthogonal" or "eva" (others change the base weights)',
  );
  const rank = check<number>('r', isPositiveInteger, 'an integer >= 1');
  const alpha = check<number>('lora_alpha', isFinitePositive, 'a number > 0', 8);
  const dropout = check<number>('lora_dropout', isDropout, 'a number in [0, 1)', 0);
  const rslora = check<boolean>('use_rslora', isBoolean, 'true or false', false);
  check('fan_in_fan_out', (v) => v === false, 'false (weights are [dOut dIn])', false);
  const targetModules = check<string[] | string>(
    'target_modules',
    isNames,
    'a list of names, a regular expression or "all-linear"',
  );
  const excludeModules = check<string[] | string | undefined>(
    'exclude_modules',
    (v) => v === undefined || isNames(v),
    'a list of names or a regular expression',
  );
  const rankPattern = check<Record<string, number>>(
    'rank_pattern',
    (v) => isPattern(v, isPositiveInteger),
    'module patterns with integers >= 1',
    {},
  );
  const alphaPattern = check<Record<string, number>>(
    'alpha_pattern',
    (v) => isPattern(v, isFinitePositive),
    'module patterns with numbers > 0',
    {},
  );
  const layers = check<number | number[] | undefined>('layers_to_transform', isLayers, 'block indices');
  const layersPattern = check<string | string[] | undefined>(
    'layers_pattern',
    (v) => v === undefined || isNames(v) || isEmptyList(v),
    'a name or a list of names',
  );
  const baseModel = check<string | undefined>(
    'base_model_name_or_path',
    (v) => v === undefined || typeof v === 'string',
    'text',
  );
  const layersToTransform = layers === undefined ? undefined : [layers].flat();
  if (typeof targetModules === 'string' && layersToTransform !== undefined) {
    problems.push('layers_to_transform is set and target_modules is text; expected a list of names with it');
  }
  for (const pattern of patternsOf(targetModules, excludeModules, rankPattern, alphaPattern)) {
    const problem = regexProblem(pattern);
    if (problem !== undefined) problems.push(problem);
  }
  for (const [key, value] of left) {
    if (!isOff(value)) problems.push(`${key} is ${JSON.stringify(value)}; expected it to be off (${variant(key)})`);
  }
  if (problems.length > 0) throw new Error(`parseLoraConfig: ${file}: ${problems.join('; ')}`);
  return {
    rank,
    alpha,
    rslora,
    dropout,
    targetModules,
    excludeModules,
    rankPattern,
    alphaPattern,
    layersToTransform: layersToTransform?.length === 0 ? undefined : layersToTransform,
    layersPattern: layersPattern === undefined || layersPattern.length === 0 ? undefined : [layersPattern].flat(),
    baseModel,
  };
}

/** The adapter_config.json of a configuration, as PEFT reads it. */
export function loraConfigJson(config: LoraConfig): Record<string, unknown> {
  const { targetModules, excludeModules } = config;
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: config.baseModel ?? null,
    inference_mode: true,
    r: config.rank,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    use_rslora: config.rslora,
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    target_modules: targetModules,
    exclude_modules: excludeModules ?? null,
    layers_to_transform: config.layersToTransform ?? null,
    layers_pattern: config.layersPattern ?? null,
    rank_pattern: config.rankPattern,
    alpha_pattern: config.alphaPattern,
    modules_to_save: null,
  };
}

/** A regular expression in Python's spelling; `u` refuses what JavaScript would read differently. */
export function pythonRegex(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll('(?P<', '(?<')})$`, 'u');
}

function regexProblem(pattern: string): string | undefined {
  try {
    pythonRegex(pattern);
    return undefined;
  } catch {
    return `pattern ${JSON.stringify(pattern)} cannot be read; expected a regular expression`;
  }
}

function patternsOf(
  targets: unknown,
  excluded: unknown,
  rankPattern: Record<string, number>,
  alphaPattern: Record<string, number>,
): string[] {
  const whole = [targets, excluded].filter((x): x is string => typeof x === 'string' && x !== 'all-linear');
  return [...whole, ...keysOf(rankPattern), ...keysOf(alphaPattern)];
}

const keysOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

/** What to call a feature that is refused. */
function variant(key: string): string {
  const known: Record<string, string> = {
    use_dora: 'DoRA is not supported',
    modules_to_save: 'trained copies of whole modules are not supported',
    lora_bias: 'trained biases are not supported',
    layer_replication: 'replicated layers are not supported',
    trainable_token_indices: 'trained token embeddings are not supported',
    target_parameters: 'adapters on bare parameters are not supported',
    use_qalora: 'QALoRA is not supported',
    loftq_config: 'LoftQ is not supported',
    alora_invocation_tokens: 'activated LoRA is not supported',
  };
  return known[key] ?? `${key} is not known here`;
}

const isBoolean = (v: unknown): boolean => typeof v === 'boolean';
const isPositiveInteger = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 1;
const isFinitePositive = (v: unknown): boolean => typeof v === 'number' && v > 0 && Number.isFinite(v);
const isDropout = (v: unknown): boolean => typeof v === 'number' && v >= 0 && v < 1;
const isEmptyList = (v: unknown): boolean => Array.isArray(v) && v.length === 0;
const isLayer = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 0;
const isLayers = (v: unknown): boolean => v === undefined || (Array.isArray(v) ? v.every(isLayer) : isLayer(v));

function isNames(v: unknown): boolean {
  if (typeof v === 'string') return v !== '';
  return Array.isArray(v) && v.length > 0 && v.every((name) => typeof name === 'string' && name !== '');
}

function isPattern(v: unknown, fits: (value: unknown) => boolean): boolean {
  return typeof v === 'object' && v !== null && !Array.isArray(v) && Object.values(v).every(fits);
}

function isOff(v: unknown): boolean {
  return v === null || v === undefined || v === false || (typeof v === 'object' && Object.keys(v).length === 0);
}
