import { join } from 'node:path';
import type { BackendInfo, BackendName } from '../backend/backendInfo';
import { initBackend } from '../backend/initBackend';
import { findModel } from '../hub/findModel';
import { readJson } from '../documents/readJson';
import { writeOutput } from '../disk/writeOutput';
import type { ModelConfig } from '../model/modelConfig';
import { parseConfig } from '../model/parseConfig';
import { systemRoles } from '../tokenizer/systemRole';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { chatExamples, readChats } from '../train/chatExamples';
import type { Example } from '../train/batch';
import { parseRecipe } from '../train/recipe';
import { downloadLine } from './downloadLine';
import { finetuneJob } from './finetuneJob';
import { formatBytes } from './formatBytes';
import { jobForecast, parameterCounts, weightBytes, type Forecast, type Job } from './jobForecast';
import { isStoredBf16 } from './isStoredBf16';
import { inspectMachine, type Machine } from './machine';
import { measureSpeed } from './measureSpeed';
import { naming } from './naming';
import { describeForecast, memoryProblem } from './noteForecast';
import { parseOptions, type Options } from './parseOptions';
import { readPrompts } from './readPrompts';

/** What is taken where the options name no file. */
const assumed = { prompts: 100, tokens: 50, chatTokens: 200, newTokens: 100 } as const;

interface JobReport extends Forecast {
  readonly job: Job['kind'];
  /** What was counted. */
  readonly of: string;
  /** Why it will not fit, or null. */
  readonly problem: string | null;
}

interface ModelReport {
  readonly name: string;
  readonly family: string;
  readonly nLayers: number;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly isBf16: boolean;
  readonly backend: string;
  /** 2 × multiply-adds per second, of a product with many rows and with few. */
  readonly flopsWide: number;
  readonly flopsNarrow: number;
  readonly jobs: readonly JobReport[];
}

/** `traitlab doctor`: what this machine can do; with `--model`, how long jobs take and how much memory. */
export async function doctorCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    model: {},
    prompts: {},
    'max-new-tokens': {},
    recipe: {},
    data: {},
    'system-role': {},
    backend: {},
    json: { flag: true },
  });
  const given = (names: readonly string[]): string[] => names.filter((name) => options.optional(name) !== undefined);
  const alone = given(['prompts', 'max-new-tokens', 'recipe', 'data']);
  if (alone.length > 0 && options.optional('model') === undefined)
    throw new Error(`--${alone.join(', --')} without --model; expected the model of the job`);
  if (options.optional('data') !== undefined && options.optional('recipe') === undefined)
    throw new Error('--data without --recipe; expected the recipe of the finetune');
  const name = options.oneOf<'auto' | BackendName>('backend', ['auto', 'wasm', 'cpu', 'webgpu', 'tensorflow'], 'auto');
  const machine = await inspectMachine();
  const backend = await initBackend({ backend: name });
  const model = options.optional('model') === undefined ? undefined : await inspectJob(options, backend);
  const lines = [...machineLines(machine), ...(model === undefined ? [] : modelLines(model, backend.name))];
  const text = options.flag('json')
    ? JSON.stringify({ machine, ...(model === undefined ? {} : { model }) })
    : undefined;
  writeOutput(`${text ?? lines.join('\n')}\n`);
  return 0;
}

async function inspectJob(options: Options, backend: BackendInfo): Promise<ModelReport> {
  const name = options.text('model');
  const dir = await findModel(name, { content: 'config', onDownload: downloadLine() });
  const config = parseConfig(readJson('doctor', join(dir, 'config.json')), join(dir, 'config.json'));
  const isBf16 = isStoredBf16(dir, config);
  const jobs = await readJobs(options, dir, config);
  const speed = await measureSpeed(config, { isBf16 });
  return {
    name,
    family: config.family,
    nLayers: config.nLayers,
    parameters: parameterCounts(config).all,
    weightBytes: weightBytes(config, isBf16),
    isBf16,
    backend: backend.description,
    flopsWide: 2 / speed.wide,
    flopsNarrow: 2 / speed.narrow,
    jobs: jobs.map(({ job, of }) => {
      const forecast = jobForecast(config, isBf16, job, speed);
      return { job: job.kind, of, ...forecast, problem: memoryProblem(forecast.peakBytes, backend.name) ?? null };
    }),
  };
}

/** The jobs that the options describe; what they leave open is assumed, and said so. */
async function readJobs(options: Options, dir: string, config: ModelConfig): Promise<{ job: Job; of: string }[]> {
  const tokenizer = (): ReturnType<typeof loadTokenizer> => loadTokenizer(dir);
  const systemRole = options.oneOf('system-role', systemRoles, 'template');
  const file = options.optional('prompts');
  const lengths =
    file === undefined
      ? new Array<number>(assumed.prompts).fill(assumed.tokens)
      : readPrompts(file, tokenizer, { ...config, systemRole }).map((tokens) => tokens.length);
  const of = `${lengths.length} ${lengths.length === 1 ? 'prompt' : 'prompts'} of ${mean(lengths)} tokens${file === undefined ? ' (assumed)' : ''}`;
  const maxNewTokens = options.integer('max-new-tokens', 1, assumed.newTokens);
  const keptPerToken = config.nLayers * config.dModel;
  const jobs: { job: Job; of: string }[] = [
    {
      job: { kind: 'activations', lengths, keptPerToken, isPooled: true, wantsLogits: false },
      of: `the residual stream after each block, ${of}`,
    },
    { job: { kind: 'generate', lengths, maxNewTokens }, of: `at most ${maxNewTokens} new tokens, ${of}` },
  ];
  const recipeFile = options.optional('recipe');
  if (recipeFile === undefined) return jobs;
  const recipe = parseRecipe(readJson('doctor', recipeFile), recipeFile);
  const data = options.optional('data');
  const examples =
    data === undefined
      ? assumedExamples(recipe.batchSize)
      : chatExamples(readChats(data), loadTokenizer(dir), { lossOn: recipe.lossOn, nCtx: config.nCtx, systemRole });
  const job = await naming(recipeFile, () => finetuneJob(config, recipe, examples));
  const steps = job.kind === 'finetune' ? job.steps : 0;
  const chats = `chats of ${mean(job.lengths)} tokens${data === undefined ? ' (assumed)' : ''}`;
  return [...jobs, { job, of: `${steps} ${steps === 1 ? 'step' : 'steps'} of ${recipe.batchSize} ${chats}` }];
}

function assumedExamples(count: number): Example[] {
  const tokens = new Array<number>(assumed.chatTokens).fill(0);
  return Array.from({ length: count }, () => ({ tokens, counts: tokens.map((_, i) => i % 2 === 1) }));
}

function machineLines(m: Machine): string[] {
  const { cpu, hub, disk } = m;
  return [
    `node         ${m.node}, ${m.platform}`,
    `cpu          ${cpu.model}, ${cpu.cores} cores${cpu.features.map((name) => ` ${name}`).join('')}`,
    `memory       ${formatBytes(m.memoryBytes)}, ${formatBytes(m.freeMemoryBytes)} free`,
    `gpu          ${m.nvidiaDriver === null ? 'no NVIDIA driver' : `NVIDIA driver ${m.nvidiaDriver}`}`,
    ...m.backends.map(({ name, works, description }) => `backend      ${works ? description : `${name}: no (${description})`}`), // prettier-ignore
    `browser      ${m.chromium ?? 'none: figures are interactive HTML only (set CHROMIUM, or run node setup.mjs)'}`,
    `python       ${m.python ?? 'none: only npm run lab and making goldens need it'}`,
    `jupyter      ${m.jupyter ?? 'not installed: npm run lab installs it'}`,
    `disk         ${formatBytes(disk.projectFreeBytes)} free here, ${formatBytes(disk.cacheFreeBytes)} in the Hugging Face cache ${hub.cache}`,
    `hub          ${hub.endpoint}, ${hub.isOffline ? 'offline' : 'downloads allowed'}, ${hub.hasToken ? 'token set' : 'no token'}`,
  ];
}

function modelLines(model: ModelReport, backend: BackendName): string[] {
  const size = model.parameters < 1e8 ? `${(model.parameters / 1e6).toFixed(2)} million` : `${(model.parameters / 1e9).toFixed(2)} billion`; // prettier-ignore
  const gigaflops = (flops: number): string => (flops / 1e9).toFixed(1);
  return [
    `model        ${model.name}: ${model.family}, ${model.nLayers} blocks, ${size} parameters, ${formatBytes(model.weightBytes)} as ${model.isBf16 ? 'bfloat16' : 'float32'}`,
    `speed        ${gigaflops(model.flopsWide)} GFLOP/s on prompts, ${gigaflops(model.flopsNarrow)} when generating`,
    ...model.jobs.map((job) => `${job.job.padEnd(12)} ${describeForecast(job, backend)}: ${job.of}`),
  ];
}

function mean(values: readonly number[]): number {
  return Math.round(values.reduce((a, b) => a + b, 0) / Math.max(1, values.length));
}
