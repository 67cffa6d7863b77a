import { capture } from '../subject/capture';
import type { Positions } from '../subject/positions';
import { checkOutput } from '../disk/checkOutput';
import { writeSafetensors, type TensorToWrite } from '../formats/safetensors';
import { hookSite, type LinearModule } from '../model/hookSite';
import { linearName } from '../model/linear';
import type { CaptureSite } from '../subject/siteShape';
import type { ModelConfig } from '../model/modelConfig';
import { systemRoles } from '../tokenizer/systemRole';
import { noteForecast } from './noteForecast';
import { parseOptions } from './parseOptions';
import { openModel } from './openModel';
import { progressLine } from './progressLine';
import { readPrompts } from './readPrompts';

const positionsOf: Readonly<Record<'all' | 'last' | 'mean', Positions>> = {
  all: 'all',
  last: 'promptLast',
  mean: 'promptMean',
};

/** `traitlab activations`: activations of prompts at hook sites, as safetensors. */
export async function activationsCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    model: { required: true },
    adapter: {},
    prompts: { required: true },
    sites: { required: true },
    out: { required: true },
    positions: {},
    'system-role': {},
    backend: {},
  });
  const positions = options.oneOf('positions', ['all', 'last', 'mean'], 'all');
  const systemRole = options.oneOf('system-role', systemRoles, 'template');
  checkOutput('activations', options.text('out'), 'file');
  const { config, backend, tokenizer, adapted, load } = await openModel(options);
  const sites = expandSites(options.text('sites'), { nLayers: config.nLayers, adapted });
  const prompts = readPrompts(options.text('prompts'), tokenizer, { ...config, systemRole });
  const model = await load();
  const lengths = prompts.map((tokens) => tokens.length);
  await noteForecast(model, backend.name, {
    kind: 'activations',
    lengths,
    keptPerToken: sites.reduce((sum, site) => sum + valuesPerToken(site, config, Math.max(...lengths)), 0),
    isPooled: positions !== 'all',
    wantsLogits: sites.includes('logits'),
  });
  const rows = await capture(model, prompts, {
    sites,
    positions: positionsOf[positions],
    onProgress: progressLine('activations'),
  });
  const tensors: TensorToWrite[] = prompts.flatMap((tokens, k) => [
    ...sites.map((site) => ({
      name: `prompt${k}/${site}`,
      dtype: 'F32' as const,
      shape: rows[site].shape(k),
      data: rows[site][k],
    })),
    { name: `prompt${k}/tokens`, dtype: 'I32' as const, shape: [tokens.length], data: Int32Array.from(tokens) },
  ]);
  const adapter = options.optional('adapter');
  writeSafetensors(options.text('out'), tensors, {
    producer: 'traitlab activations',
    model: options.text('model'),
    modelHash: model.hash,
    ...(adapter === undefined ? {} : { adapter }),
    sites: options.text('sites'),
    positions,
    systemRole,
    backend: backend.description,
  });
  return 0;
}

/** `*` stands for every block, of the scalars of an adapter for every block where it changes the module; the order of the list is kept.
 *
 * @param adapted  modules with an adapter; asked only where a site is one of its scalars
 * @throws Error listing the sites that the model does not have, or those named twice
 */
function expandSites(
  list: string,
  { nLayers, adapted }: { readonly nLayers: number; readonly adapted: () => readonly string[] },
): CaptureSite[] {
  const problems: string[] = [];
  const sites = list.split(',').flatMap((text): CaptureSite[] => {
    const name = text.trim();
    if (name === 'logits') return [name];
    if (name === '') {
      problems.push('a name is empty; expected sites between commas');
      return [];
    }
    const blocks = name.includes('*') ? [...Array(nLayers).keys()] : [0];
    try {
      const there = blocks
        .map((i) => hookSite(name.replace('*', String(i)), nLayers))
        .filter((site) => !site.endsWith('.lora.hook_scalar') || hasAdapter(site, adapted()));
      if (there.length === 0) problems.push(`no adapter at ${name}; ${expectedAdapter(adapted())}`);
      return there;
    } catch (error) {
      problems.push((error as Error).message.replace('hookSite: ', ''));
      return [];
    }
  });
  const twice = sites.filter((site, i) => sites.indexOf(site) !== i);
  if (twice.length > 0) problems.push(`${twice.join(', ')} named twice; expected each site once`);
  if (problems.length > 0) throw new Error(`invalid --sites: ${[...new Set(problems)].join('; ')}`);
  return sites;
}

/** Whether the module of a scalar's site is among those of an adapter. */
function hasAdapter(site: string, modules: readonly string[]): boolean {
  const [, layer, module] = site.split('.');
  return modules.includes(linearName(Number(layer), module as LinearModule));
}

function expectedAdapter(modules: readonly string[]): string {
  if (modules.length === 0) return 'expected --adapter with one that changes this module';
  const [blocks, names] = [2, -1].map((part) => [...new Set(modules.map((module) => module.split('.').at(part)!))]);
  return `expected a module that the adapter changes: ${names.join(', ')} of blocks ${blocks.join(', ')}`;
}

/** About how many values a site has for each token, for a forecast. */
function valuesPerToken(site: CaptureSite, config: ModelConfig, pos: number): number {
  const { nHeads, nKvHeads, dHead } = config;
  if (site === 'logits') return config.dVocab;
  if (site.endsWith('attn.hook_pattern')) return nHeads * pos;
  if (/attn\.hook_((rot_)?k|v)$/.test(site)) return nKvHeads * dHead;
  if (/attn\.hook_/.test(site)) return nHeads * dHead;
  return site.includes('.mlp.') ? config.dMlp : config.dModel;
}
