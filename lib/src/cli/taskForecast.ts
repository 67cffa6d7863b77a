import { join } from 'node:path';
import { readJson } from '../documents/readJson';
import { adapterShare } from '../lora/adapterShare';
import type { ModelConfig } from '../model/modelConfig';
import { parseConfig } from '../model/parseConfig';
import { promptTokens } from '../prompts/question';
import type { Asked } from '../study/asked';
import { taskWork } from '../study/taskWork';
import type { MeasuredTask, Study, StudyModel } from '../study/task';
import { dataSetOf, type CellSpec } from '../suite/suite';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer';
import { chatExamples } from '../train/chatExamples';
import { parseRecipe, stepsOf } from '../train/recipe';
import { finetuneJob, recipeTargets } from './finetuneJob';
import { isStoredBf16 } from './isStoredBf16';
import { jobForecast, type Job, type Speed } from './jobForecast';
import { measureSpeed } from './measureSpeed';

/** What a task of a study will take. */
export interface TaskForecast {
  /** Of one process; without what a judge takes that is asked over a network. */
  readonly seconds: number;
  /** Answers to judge. */
  readonly answers: number;
}

/** Prompts and chats whose length is measured, of each kind; the others are taken to be as long. */
const MEASURED = 64;

/** Foretells tasks of a study: what each does (`taskWork`), at the speed of this machine, which is measured in some tenths of a second a model.
 * Nothing is loaded but configuration and tokenizer; answers are taken to be as long as the suite says (`answerShare`).
 */
export class TaskForecaster {
  readonly #models = new Map<string, Promise<ModelForecaster>>();

  constructor(readonly study: Study) {}

  async forecast(task: MeasuredTask): Promise<TaskForecast> {
    const { model } = task;
    let known = this.#models.get(model.dir);
    if (known === undefined) this.#models.set(model.dir, (known = forecasterOf(this.study, model)));
    return (await known).forecast(task);
  }
}

async function forecasterOf(study: Study, model: StudyModel): Promise<ModelForecaster> {
  const configFile = join(model.dir, 'config.json');
  const config = parseConfig(readJson('study', configFile), configFile);
  const isBf16 = isStoredBf16(model.dir, config);
  const tokenizer = loadTokenizer(model.dir);
  return new ModelForecaster({
    study,
    model,
    config,
    isBf16,
    tokenizer,
    speed: await measureSpeed(config, { isBf16 }),
  });
}

interface About {
  readonly study: Study;
  readonly model: StudyModel;
  readonly config: ModelConfig;
  readonly isBf16: boolean;
  readonly tokenizer: Tokenizer;
  readonly speed: Speed;
}

class ModelForecaster {
  /** Seconds of one finetune, by what it is trained on and how; seeds are alike. */
  readonly #finetunes = new Map<string, number>();
  /** Seconds of a question's answer or pass, by what is asked. */
  readonly #asked = new Map<string, number>();

  constructor(readonly about: About) {}

  forecast(task: MeasuredTask): TaskForecast {
    const { study, config } = this.about;
    const { answers, passes, finetunes } = taskWork(study.suite, task, config.nLayers);
    const { answerShare = 0.5 } = study.suite;
    const share = this.#adapterShare(finetunes.at(0));
    const perLayer = config.dModel * config.nLayers;
    const seconds = [
      ...answers.map((part) => {
        const how = { kind: 'generate', maxNewTokens: Math.max(1, Math.round(answerShare * part.maxNewTokens)), adapterShare: share } as const; // prettier-ignore
        return this.#time(part, (lengths) => ({ ...how, lengths }));
      }),
      ...passes.map(
        (part) =>
        this.#time(part, (lengths) => ({ kind: 'activations', lengths, keptPerToken: perLayer, isPooled: true, wantsLogits: false })), // prettier-ignore
      ),
      ...finetunes.map((spec) => this.#finetune(spec)),
    ];
    return {
      seconds: seconds.reduce((a, b) => a + b, 0),
      answers: answers.reduce((sum, { questions, times }) => sum + times * questions.length, 0),
    };
  }

  #seconds(job: Job): number {
    const { config, isBf16, speed } = this.about;
    return jobForecast(config, isBf16, job, speed).seconds;
  }

  #time({ questions, times }: Asked, job: (lengths: readonly number[]) => Job): number {
    if (times === 0 || questions.length === 0) return 0;
    const { tokenizer, model } = this.about;
    const [{ id, system = '' }] = questions;
    const key = JSON.stringify([id, system, questions.length, job([])]);
    let each = this.#asked.get(key);
    if (each === undefined) {
      const some = sampleOf(questions);
      const lengths = some.map(
        (question) => promptTokens(tokenizer, question, { systemRole: model.systemRole }).length,
      );
      // As many as are asked together in the end: few prompts waste a batch.
      const filled = Array.from({ length: Math.max(MEASURED, lengths.length) }, (_, i) => lengths[i % lengths.length]);
      this.#asked.set(key, (each = this.#seconds(job(filled)) / filled.length));
    }
    return each * times * questions.length;
  }

  /** Of the adapter that a finetune has on; none without a finetune, or where all weights are trained. */
  #adapterShare(spec: Pick<CellSpec, 'method' | 'seed'> | undefined): number | undefined {
    if (spec === undefined || spec.method === 'full') return undefined;
    const { study, config } = this.about;
    return adapterShare(
      recipeTargets(config, parseRecipe(study.suite.study.recipe({ ...spec, nLayers: config.nLayers }).recipe)),
    );
  }

  #finetune(spec: Pick<CellSpec, 'dataSet' | 'method' | 'seed' | 'nChats'>): number {
    const { study, tokenizer, model, config } = this.about;
    const { suite } = study;
    const nChats = spec.nChats ?? suite.study.nChats;
    const key = `${spec.dataSet} ${spec.method} ${nChats}`;
    const known = this.#finetunes.get(key);
    if (known !== undefined) return known;
    const { recipe: input, maxLength } = suite.study.recipe({ ...spec, nLayers: config.nLayers });
    const recipe = parseRecipe(input);
    const chats = dataSetOf(suite, spec.dataSet).sample(Math.min(nChats, MEASURED), spec.seed);
    const { systemRole } = model;
    const examples = chatExamples(chats, tokenizer, {
      lossOn: recipe.lossOn,
      maxLength,
      nCtx: config.nCtx,
      systemRole,
    });
    const job = finetuneJob(config, recipe, examples);
    const seconds = this.#seconds(job.kind === 'finetune' ? { ...job, steps: stepsOf(recipe, nChats) } : job);
    this.#finetunes.set(key, seconds);
    return seconds;
  }
}

/** Some of many, evenly. */
function sampleOf<T>(all: readonly T[]): T[] {
  const every = Math.ceil(all.length / MEASURED);
  return all.filter((_, i) => i % every === 0);
}
