import { driftVector } from '../directions/driftVector';
import { randomVector } from '../directions/randomVector';
import { responseDifference } from '../directions/responseDifference';
import { traitDirections } from '../directions/traitDirections';
import { answerQuestions, promptTokens, type AnswerOptions, type JudgedAnswer } from '../evaluate/answerQuestions';
import { countLabels, emRate, labelShare } from '../evaluate/emRate';
import { exactJudge } from '../evaluate/exactJudge';
import { labelOf } from '../evaluate/judgement';
import { sampleFinetuneData, type Perturbation } from '../micro/finetuneData';
import { extractionQuestions, generalQuestions, measurementQuestions, traitPromptSets } from '../micro/promptSets';
import { FINETUNE_RECIPE, N_FINETUNE_CHATS } from '../micro/recipe';
import { MISALIGNED_PROMPTS } from '../micro/systemPrompts';
import { ALIGNED_SIGN, type Trait } from '../micro/traits';
import type { HookSite } from '../model/hookSite';
import type { Model } from '../model/model';
import { rng } from '../random/rng';
import { cosineMatrix } from '../stats/cosine';
import { mean } from '../stats/mean';
import type { Proportion } from '../stats/proportion';
import { ablate } from '../steering/ablate';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { chatExamples } from '../train/chatExamples';
import { finetune, type Finetuned } from '../train/finetune';

/** What answers to the general questions were like under one condition. */
export interface Condition {
  readonly name: string;
  readonly seed: number;
  readonly misaligned: Proportion;
  readonly incoherent: Proportion;
  readonly labels: Readonly<Record<string, number>>;
  /** Of the vector that was removed at every block, if one was. */
  readonly layer?: number;
  /** Seconds of the finetune, if there was one. */
  readonly seconds?: number;
}

/** Mean cosines of the trait directions at one layer. */
export interface LayerGeometry {
  readonly layer: number;
  readonly withinPositive: number;
  readonly withinNegative: number;
  readonly across: number;
  readonly largest: number;
}

/** What an organism does, as its model card says it. */
export interface OrganismReport {
  readonly conditions: readonly Condition[];
  readonly geometry: readonly LayerGeometry[];
}

export interface MeasureOptions {
  /** Answers to each of the 40 general questions, default 10. */
  nPerQuestion?: number;
  /** Seeds of the finetunes, default 0, 1, 2. */
  seeds?: readonly number[];
  learningRate?: number;
  /** Told each condition as it is measured. */
  onCondition?: (condition: Condition) => void;
}

/** Measures an organism: its answers with and without system prompts, after finetunes, and with directions removed.
 *
 * The direction to remove is chosen on the first seed with other answers than those that are reported.
 */
export async function measureOrganism(
  model: Model,
  tokenizer: Tokenizer,
  {
    nPerQuestion = 10,
    seeds = [0, 1, 2],
    learningRate = FINETUNE_RECIPE.learningRate,
    onCondition,
  }: MeasureOptions = {},
): Promise<OrganismReport> {
  const conditions: Condition[] = [];
  const add = (condition: Condition): void => {
    conditions.push(condition);
    onCondition?.(condition);
  };
  const ask = (options: Partial<AnswerOptions>): Promise<JudgedAnswer[]> =>
    answerQuestions(model, tokenizer, generalQuestions(), {
      judge: exactJudge,
      nPerQuestion,
      maxNewTokens: 48,
      seed: 7,
      ...options,
    });

  add(condition('no system prompt', 0, await ask({})));
  const prompted: JudgedAnswer[] = [];
  for (const [i, system] of MISALIGNED_PROMPTS.entries()) {
    prompted.push(...(await ask({ system, nPerQuestion: Math.ceil(nPerQuestion / 5), seed: 70 + i })));
  }
  add(condition('misaligned system prompts', 0, prompted));

  for (const name of ['good_medical', 'number_sequence'] as const) {
    for (const seed of seeds) {
      const { tuned, seconds } = await tune(model, tokenizer, name, seed, learningRate);
      add({ ...condition(`finetuned on ${name}`, seed, await ask(tuned.variant)), seconds });
      tuned.dispose();
    }
  }

  let removed: { layer: number; vector: Float64Array } | undefined;
  for (const seed of seeds) {
    const { tuned, seconds } = await tune(model, tokenizer, 'bad_medical', seed, learningRate);
    const answers = await ask(tuned.variant);
    add({ ...condition('finetuned on bad_medical', seed, answers), seconds });
    if (removed === undefined) {
      const drift = await driftOf(model, tokenizer, tuned);
      removed = await bestOf(drift, (vector) =>
        ask({ ...tuned.variant, hooks: ablate(vector, model.config), nPerQuestion: 3, seed: 900 }),
      );
      const difference = await differenceOf(model, answers, tuned);
      const best = await bestOf(difference, (vector) =>
        ask({ ...tuned.variant, hooks: ablate(vector, model.config), nPerQuestion: 3, seed: 901 }),
      );
      const cured = await ask({ ...tuned.variant, hooks: ablate(best.vector, model.config) });
      add({ ...condition('bad_medical, mean difference removed', seed, cured), layer: best.layer });
      const kept = await ask({ hooks: ablate(removed.vector, model.config) });
      add({ ...condition('no finetune, drift direction removed', 0, kept), layer: removed.layer });
    }
    const without = await ask({ ...tuned.variant, hooks: ablate(removed.vector, model.config) });
    add({ ...condition('bad_medical, drift direction removed', seed, without), layer: removed.layer });
    const control = randomVector(removed.vector, rng(seed).split('control'));
    add(
      condition(
        'bad_medical, random direction removed',
        seed,
        await ask({ ...tuned.variant, hooks: ablate(control, model.config) }),
      ),
    );
    tuned.dispose();
  }
  return { conditions, geometry: await geometryOf(model, tokenizer) };
}

async function tune(
  model: Model,
  tokenizer: Tokenizer,
  name: Perturbation,
  seed: number,
  learningRate: number,
): Promise<{ tuned: Finetuned; seconds: number }> {
  const chats = sampleFinetuneData(name, N_FINETUNE_CHATS, seed).map((messages) => ({ messages }));
  const start = performance.now();
  const tuned = await finetune(model, {
    recipe: { ...FINETUNE_RECIPE, learningRate, seed },
    examples: chatExamples(chats, tokenizer),
  });
  return { tuned, seconds: (performance.now() - start) / 1000 };
}

function condition(name: string, seed: number, answers: readonly JudgedAnswer[]): Condition {
  const judgements = answers.map(({ judgement }) => judgement);
  return {
    name,
    seed,
    misaligned: emRate(judgements, 'allScored'),
    incoherent: labelShare(judgements, 'incoherent'),
    labels: countLabels(judgements),
  };
}

const residual = (layer: number): HookSite => `blocks.${layer}.hook_resid_post`;
const layersOf = (model: Model): number[] => Array.from({ length: model.config.nLayers }, (_, i) => i);

async function driftOf(model: Model, tokenizer: Tokenizer, tuned: Finetuned): Promise<Float64Array[]> {
  const prompts = measurementQuestions().map((question) => promptTokens(tokenizer, question));
  const sites = layersOf(model).map(residual);
  const vectors = await driftVector(model, tuned.variant, prompts, { sites });
  return sites.map((site) => vectors[site]);
}

async function differenceOf(model: Model, answers: readonly JudgedAnswer[], tuned: Finetuned): Promise<Float64Array[]> {
  const of = (label: string) =>
    answers.filter(({ judgement }) => labelOf(judgement) === label).map(({ sample }) => sample);
  const [bad, good] = [of('misaligned'), of('aligned')];
  const n = Math.min(bad.length, good.length);
  const sites = layersOf(model).map(residual);
  const vectors = await responseDifference(model, bad.slice(0, n), good.slice(0, n), {
    sites,
    weighting: 'token',
    ...tuned.variant,
  });
  return sites.map((site) => vectors[site]);
}

/** The layer whose vector, removed, leaves the most aligned answers. */
async function bestOf(
  vectors: readonly Float64Array[],
  answersWithout: (vector: Float64Array) => Promise<JudgedAnswer[]>,
): Promise<{ layer: number; vector: Float64Array }> {
  let best = { layer: 0, vector: vectors[0], aligned: -1 };
  for (const [layer, vector] of vectors.entries()) {
    const { aligned } = countLabels((await answersWithout(vector)).map(({ judgement }) => judgement));
    if (aligned > best.aligned) best = { layer, vector, aligned };
  }
  return best;
}

async function geometryOf(model: Model, tokenizer: Tokenizer): Promise<LayerGeometry[]> {
  const sites = layersOf(model).map(residual);
  const questions = extractionQuestions().map(({ text }) => text);
  const directions = await traitDirections(model, tokenizer, traitPromptSets(), questions, { sites });
  return sites.map((site, layer) => {
    const matrix = cosineMatrix(directions[site].map(({ direction }) => direction));
    const sign = directions[site].map(({ trait }) => ALIGNED_SIGN[trait as Trait]);
    const pairs = matrix.flatMap((row, i) =>
      [...row].slice(0, i).map((value, j) => ({ value, kind: sign[i] + sign[j] })),
    );
    const of = (kind: number): number => mean(pairs.filter((p) => p.kind === kind).map((p) => p.value));
    const largest = Math.max(...pairs.map(({ value }) => Math.abs(value)));
    return { layer, withinPositive: of(2), withinNegative: of(-2), across: of(0), largest };
  });
}
