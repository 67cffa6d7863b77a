import type { ModelConfig } from '../model/modelConfig';
import { weightShapes } from '../model/weightShapes';
import { pythonRegex, type LoraConfig } from './loraConfig';

/** One linear module that an adapter changes. */
export interface LoraTarget {
  /** The module's Hugging Face name, as in `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  readonly dIn: number;
  readonly dOut: number;
  readonly rank: number;
  /** Factor of B·A: alpha/rank, or alpha/√rank for a rank-stabilised adapter. */
  readonly scale: number;
}

/** The modules of a model that an adapter's configuration names, with rank and scale of each, in the model's order.
 *
 * @throws Error if a name matches nothing, or a block does not exist; all at once
 * @source the rules of PEFT's check_target_module_exists and get_pattern_key; rank stabilisation: Kalajdzievski 2023 (arXiv 2312.03732)
 */
export function loraTargets(lora: LoraConfig, model: ModelConfig): LoraTarget[] {
  const problems: string[] = [];
  for (const layer of lora.layersToTransform ?? []) {
    if (!(layer < model.nLayers)) problems.push(`no block ${layer}; expected 0 to ${model.nLayers - 1}`);
  }
  const modules = [...weightShapes(model)]
    .filter(([name, shape]) => shape.length === 2 && /^model\.layers\.\d+\./.test(name))
    .map(([name, [dOut, dIn]]) => ({ module: name.slice(0, -'.weight'.length), dIn, dOut }));
  const known = [...new Set(modules.map(({ module }) => module.slice(module.lastIndexOf('.') + 1)))].join(', ');
  const named = Array.isArray(lora.targetModules) ? (lora.targetModules as readonly string[]) : [];
  const absent = named.filter((name) => !modules.some(({ module }) => endsWithName(module, name)));
  if (absent.length > 0)
    problems.push(`no module ${absent.join(', ')} among the linear modules of the blocks; expected some of ${known}`);
  const targets = modules
    .filter(({ module }) => !isExcluded(lora, module) && isTargeted(lora, module))
    .map(({ module, dIn, dOut }) => {
      const rank = ownValue(lora.rankPattern, module) ?? lora.rank;
      const alpha = ownValue(lora.alphaPattern, module) ?? lora.alpha;
      return { module, dIn, dOut, rank, scale: alpha / (lora.rslora ? Math.sqrt(rank) : rank) };
    });
  if (problems.length === 0 && targets.length === 0)
    problems.push(`nothing matches ${JSON.stringify(lora.targetModules)}; expected some of ${known}`);
  if (problems.length > 0) throw new Error(`loraTargets: ${problems.join('; ')}`);
  return targets;
}

/** The block that a module is in. */
export function blockOf(module: string): number {
  return Number(/^model\.layers\.(\d+)\./.exec(module)![1]);
}

const endsWithName = (module: string, name: string): boolean => module === name || module.endsWith(`.${name}`);

function isExcluded({ excludeModules }: LoraConfig, module: string): boolean {
  if (excludeModules === undefined) return false;
  if (typeof excludeModules === 'string') return pythonRegex(excludeModules).test(module);
  return excludeModules.some((name) => endsWithName(module, name));
}

function isTargeted({ targetModules, layersToTransform, layersPattern }: LoraConfig, module: string): boolean {
  if (targetModules === 'all-linear') return true;
  if (typeof targetModules === 'string') return pythonRegex(targetModules).test(module);
  // A module named in full gets the adapter whatever the blocks asked for.
  if (targetModules.includes(module)) return true;
  return targetModules.some((name) => endsWithName(module, name)) && inLayers(module, layersToTransform, layersPattern);
}

function inLayers(
  module: string,
  layers: readonly number[] | undefined,
  pattern: readonly string[] | undefined,
): boolean {
  if (layers === undefined) return true;
  const block = /^model\.([^.]+)\.(\d+)\./.exec(module);
  return block !== null && layers.includes(Number(block[2])) && (pattern === undefined || pattern.includes(block[1]));
}

/** The value of the first pattern that matches the end of the module's name. */
function ownValue(patterns: Readonly<Record<string, number>>, module: string): number | undefined {
  const key = Object.keys(patterns).find((pattern) => pythonRegex(`(?:.*\\.)?(?:${pattern})`).test(module));
  return key === undefined ? undefined : patterns[key];
}
