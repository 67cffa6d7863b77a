import { writeOutput } from '../disk/writeOutput';
import { generate } from '../subject/generate';
import { mergeHooks, type Hooks } from '../model/hookSite';
import type { Decoder } from '../model/decoder';
import { checkVector } from '../directions/checkVector';
import { loadVector } from '../directions/vectorFile';
import { ablate } from '../directions/ablate';
import { steer } from '../directions/steer';
import { systemRoles } from '../tokenizer/systemRole';
import { naming } from './naming';
import { noteForecast } from './noteForecast';
import { parseOptions, type Options } from './parseOptions';
import { openModel } from './openModel';
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
  const { config, backend, tokenizer, hasTokenizer, load } = await openModel(options);
  const prompts = readPrompts(options.text('prompts'), tokenizer, { dVocab: config.dVocab, systemRole });
  const model = await load();
  const hooks = await steeringHooks(options, model, () => (hasTokenizer ? tokenizer().templateHash : undefined));

  const lengths = prompts.map((tokens) => tokens.length);
  await noteForecast(model, backend.name, { kind: 'generate', lengths, maxNewTokens });
  const note = progressLine('generate');
  const answers = await generate(model.with({ hooks }), prompts, { maxNewTokens, temperature, seed, onProgress: note });
  if (!hasTokenizer) console.error(`generate: ${options.text('model')} has no tokenizer.json; texts are empty`);
  const lines = answers.map(({ tokens, text }) => JSON.stringify({ tokens, text }));
  writeOutput(lines.map((line) => `${line}\n`).join(''));
  return 0;
}

/** Hooks of every --steer and --ablate, in that order. */
async function steeringHooks(options: Options, model: Decoder, templateHash: () => string | undefined): Promise<Hooks> {
  const { config } = model;
  const vectorOf = (file: string): Float32Array => {
    const stored = loadVector(file, config.dModel);
    const isTold = stored.metadata.templateHash !== undefined;
    checkVector(stored, file, model, isTold ? { templateHash: templateHash() } : {});
    return stored.vector;
  };
  const added = options.list('steer').map((text) => {
    const match = /^(.+)@([^@:]*):([^@:]*)$/.exec(text);
    const layer = Number(match?.[2]);
    const coeff = Number(match?.[3]);
    const fits =
      match !== null &&
      match[2] !== '' &&
      match[3] !== '' &&
      Number.isInteger(layer) &&
      layer >= 0 &&
      layer < config.nLayers &&
      Number.isFinite(coeff);
    if (!fits)
      throw new Error(
        `invalid --steer; expected FILE@LAYER:COEFF with LAYER in 0 to ${config.nLayers - 1} and a finite COEFF, got ${text}`,
      );
    return steer(vectorOf(match[1]), { layers: [layer], coeff });
  });
  const removed = options
    .list('ablate')
    .map((file) => ({ file, vector: vectorOf(file) }))
    .map(({ file, vector }) => naming(file, () => ablate(vector, config)));
  return mergeHooks(...added, ...(await Promise.all(removed)));
}
