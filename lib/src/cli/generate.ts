import { fileExists } from '../disk/folder';
import { writeOutput } from '../disk/writeOutput';
import { generate } from '../subject/generate';
import { mergeHooks, type Hooks } from '../model/hookSite';
import { checkVector } from '../directions/checkVector';
import { readVector } from '../directions/readVector';
import { ablate } from '../directions/ablate';
import { steer } from '../directions/steer';
import type { Model } from '../subject/model';
import { systemRoles } from '../tokenizer/systemRole';
import { naming } from './naming';
import { noteForecast } from './noteForecast';
import { noteGeneration } from './noteGeneration';
import { parseOptions, type Options } from './parseOptions';
import { openModel, type OpenModel } from './openModel';
import { progressLine } from './progressLine';
import { readPrompts } from './readPrompts';

/** `traitlab generate`: one JSON line a prompt on standard output, in the order of the prompts. */
export async function generateCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    model: { required: true },
    adapter: {},
    prompts: { required: true },
    'max-new-tokens': { required: true },
    temperature: {},
    seed: {},
    steer: { repeated: true },
    ablate: { repeated: true },
    'system-role': {},
    backend: {},
  });
  const maxNewTokens = options.integer('max-new-tokens', 1);
  const temperature = options.number('temperature', 0, 0);
  const seed = options.integer('seed', -Infinity, 0);
  const systemRole = options.oneOf('system-role', systemRoles, 'template');
  const opened = await openModel(options);
  const { config, backend, tokenizer, hasTokenizer } = opened;
  const prompts = readPrompts(options.text('prompts'), tokenizer, { ...config, systemRole });
  const hooks = await steeringHooks(options, opened);
  const model = await opened.load();
  noteGeneration(model, temperature);
  noteAdapterEnd(options.optional('adapter'), model);

  const lengths = prompts.map((tokens) => tokens.length);
  const longest = Math.max(...lengths) + maxNewTokens;
  if (longest > config.nCtx)
    console.error(`generate: sequences may reach ${longest} tokens; the model's context is ${config.nCtx}`);
  await noteForecast(model, backend.name, { kind: 'generate', lengths, maxNewTokens });
  const note = progressLine('generate');
  const answers = await generate(model.with({ hooks }), prompts, { maxNewTokens, temperature, seed, onProgress: note });
  if (!hasTokenizer) console.error(`generate: ${options.text('model')} has no tokenizer.json; texts are empty`);
  const lines = answers.map(({ tokens, text }) => JSON.stringify({ tokens, text }));
  writeOutput(lines.map((line) => `${line}\n`).join(''));
  return 0;
}

/** The end token of an adapter's own tokenizer ends nothing unless the base says so; transformers goes on, too. */
function noteAdapterEnd(adapter: string | undefined, model: Model): void {
  const eosId = model.hasTokenizer ? model.tokenizer.eosId : undefined;
  if (adapter === undefined || eosId === undefined || model.config.eosIds.includes(eosId)) return;
  const ends = model.config.eosIds.join(', ') || 'none';
  console.error(
    `generate: the tokenizer's end token (id ${eosId}) ends no continuation; the model's end ids are ${ends}`,
  );
}

/** Hooks of every --steer and --ablate, in that order. The vectors are checked against the files of the model alone. */
async function steeringHooks(options: Options, opened: OpenModel): Promise<Hooks> {
  const { config, tokenizer, hasTokenizer } = opened;
  const vectorOf = (file: string, layer?: number): Float32Array => {
    const stored = readVector(file, config, layer);
    const isTold = stored.metadata.templateHash !== undefined && hasTokenizer;
    checkVector(stored, file, opened, isTold ? { templateHash: tokenizer().templateHash } : {});
    return stored.vector;
  };
  const isLayer = (text: string | undefined): text is string =>
    /^\d+$/.test(text ?? '') && Number(text) < config.nLayers;
  const layers = `LAYER in 0 to ${config.nLayers - 1}`;
  const added = options.list('steer').map((text) => {
    const [, file, layer, factor] = /^(.+)@([^@:]*):([^@:]*)$/.exec(text) ?? [];
    const coeff = factor === '' ? NaN : Number(factor);
    if (!isLayer(layer) || !Number.isFinite(coeff))
      throw new Error(`invalid --steer; expected FILE@LAYER:COEFF with ${layers} and a finite COEFF, got ${text}`);
    return steer(vectorOf(file, Number(layer)), { layers: [Number(layer)], coeff });
  });
  const removed = options.list('ablate').map((text) => {
    const [, file, layer] = (!fileExists(text) && /^(.+)@([^@]*)$/.exec(text)) || ['', text, undefined];
    if (layer !== undefined && !isLayer(layer))
      throw new Error(`invalid --ablate; expected FILE or FILE@LAYER with ${layers}, got ${text}`);
    const vector = vectorOf(file, layer === undefined ? undefined : Number(layer));
    return naming(file, () => ablate(vector, config));
  });
  return mergeHooks(...added, ...(await Promise.all(removed)));
}
