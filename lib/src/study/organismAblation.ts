import { residPostSites } from '../subject/residPostSites';
import { driftVector } from '../directions/driftVector';
import { randomVector } from '../directions/randomVector';
import { responseDifference } from '../directions/responseDifference';
import { ablationSweep, bestAblation, type AblationResult } from '../measure/ablationSweep';
import { answerQuestions, type JudgedAnswer } from '../judge/answerQuestions';
import { countLabels } from '../judge/emRate';
import { exactJudge } from '../micro/exactJudge';
import { labelOf, type Label } from '../judge/judgement';
import { sampleFinetuneData } from '../micro/finetuneData';
import { generalQuestions, measurementQuestions } from '../micro/promptSets';
import type { Hooks } from '../model/hookSite';
import type { Model } from '../model/model';
import { promptTokens } from '../prompts/question';
import { rng } from '../random/rng';
import { ablate } from '../directions/ablate';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { chatExamples } from '../train/chatExamples';
import { finetune, type Finetuned } from '../train/finetune';
import { cellKey } from './cellFile';
import { CELL_SEEDS } from './cellGrid';
import { cellRecipe } from './cellRecipe';
import type { LabelCounts } from './finetuneCell';

/** A finetune's answers to the general questions with something taken out of it. */
export interface AblationRow {
  /** Of the finetune and of the answers. */
  readonly seed: number;
  /** Taken out of the output of every block. */
  readonly ablated: 'nothing' | 'direction' | 'random direction';
  readonly answers: LabelCounts;
}

/** A direction that might be taken out, and what it left. */
export interface Candidate extends AblationResult {
  readonly kind: 'drift' | 'meanDifference';
}

/** What taking directions out of an organism's finetunes on bad medical advice does. */
export interface OrganismAblation {
  readonly modelHash: string;
  /** Keys of the cells that are these finetunes, which change with recipe and data. */
  readonly finetunes: readonly string[];
  /** The direction that was taken out, and all that were tried, on answers used for nothing else. */
  readonly direction: Pick<Candidate, 'kind' | 'layer'> & { readonly candidates: readonly Candidate[] };
  readonly rows: readonly AblationRow[];
  readonly seconds: number;
}

export interface OrganismAblationOptions {
  /** Of the finetunes; the first also serves to choose the direction. Default 1, 2, 3. */
  seeds?: readonly number[];
  /** Answers to each of the 40 general questions, default 10. */
  nPerQuestion?: number;
  /** Random directions taken out of each finetune, default 8. */
  nRandom?: number;
  /** In place of the recipe's. */
  maxSteps?: number;
}

/** Finetunes an organism on bad medical advice and takes out a direction or, as controls, random ones of equal norm.
 *
 * The direction is the best of drift and mean difference over all layers (fewest misaligned and incoherent answers when
 * ablated everywhere), chosen on answers of their own; each finetune then has its own direction of that kind and layer.
 *
 * @source arXiv 2506.11618, section 3.4 (ablation, random control)
 */
export async function organismAblation(
  model: Model,
  tokenizer: Tokenizer,
  { seeds = CELL_SEEDS, nPerQuestion = 10, nRandom = 8, maxSteps }: OrganismAblationOptions = {},
): Promise<OrganismAblation> {
  const start = performance.now();
  const rows: AblationRow[] = [];
  let direction: OrganismAblation['direction'] | undefined;
  for (const seed of seeds) {
    const { recipe, clipNorm, nChats } = cellRecipe({ method: 'rank16', seed });
    const chats = sampleFinetuneData('bad_medical', nChats, seed).map((messages) => ({ messages }));
    const steps = maxSteps ?? recipe.maxSteps;
    const examples = chatExamples(chats, tokenizer);
    const tuned = await finetune(model, { recipe: { ...recipe, maxSteps: steps }, clipNorm, examples });
    try {
      const ask = (hooks?: Hooks, ofAnswers = seed): Promise<JudgedAnswer[]> => {
        const options = { judge: exactJudge, maxNewTokens: 64, nPerQuestion, seed: ofAnswers, batchSize: 80 };
        return answerQuestions(model, tokenizer, generalQuestions(), { ...options, ...tuned.variant, hooks });
      };
      const add = (ablated: AblationRow['ablated'], answers: readonly JudgedAnswer[]): void => {
        rows.push({ seed, ablated, answers: countLabels(answers.map(({ judgement }) => judgement)) });
      };
      const answers = await ask();
      add('nothing', answers);
      const vectors = await candidateVectors(model, tokenizer, tuned, answers, seed);
      direction ??= await chooseDirection(model, vectors, (hooks) => ask(hooks, 1000 + seed));
      const vector = vectors[direction.kind][direction.layer];
      add('direction', await ask(ablate(vector, model.config)));
      for (let i = 0; i < nRandom; i++) {
        const random = randomVector(vector, rng(seed).split(`random/${i}`));
        add('random direction', await ask(ablate(random, model.config)));
      }
    } finally {
      tuned.dispose();
    }
  }
  if (direction === undefined) throw new Error('organismAblation: no seeds; expected at least one, got none');
  return {
    modelHash: model.hash,
    finetunes: ablationKeys(model.hash, seeds),
    direction,
    rows,
    seconds: Math.round((performance.now() - start) / 1000),
  };
}

/** What decides the finetunes of an ablation, one key a seed. */
export function ablationKeys(modelHash: string, seeds: readonly number[] = CELL_SEEDS): string[] {
  return seeds.map((seed) => cellKey(modelHash, { perturbation: 'bad_medical', method: 'rank16', seed }));
}

/** Both kinds of direction after every block; the mean difference needs misaligned and aligned answers. */
async function candidateVectors(
  model: Model,
  tokenizer: Tokenizer,
  tuned: Finetuned,
  answers: readonly JudgedAnswer[],
  seed: number,
): Promise<Record<Candidate['kind'], Float64Array[]>> {
  const sites = residPostSites(model.config);
  const prompts = measurementQuestions().map((q) => promptTokens(tokenizer, q));
  const drift = await driftVector(model, tuned.variant, prompts, { sites });
  const samples = (label: Label): JudgedAnswer['sample'][] =>
    rng(seed)
      .split(label)
      .shuffle(answers.filter((a) => labelOf(a.judgement) === label).map((a) => a.sample));
  const [bad, good] = [samples('misaligned'), samples('aligned')];
  const n = Math.min(bad.length, good.length);
  const how = { sites, weighting: 'token', ...tuned.variant } as const;
  const difference = n === 0 ? undefined : await responseDifference(model, bad.slice(0, n), good.slice(0, n), how);
  return {
    drift: sites.map((site) => drift[site]),
    meanDifference: difference === undefined ? [] : sites.map((site) => difference[site]),
  };
}

/** The candidate that leaves the fewest misaligned and incoherent answers. */
async function chooseDirection(
  model: Model,
  vectors: Record<Candidate['kind'], Float64Array[]>,
  ask: (hooks: Hooks) => Promise<JudgedAnswer[]>,
): Promise<OrganismAblation['direction']> {
  const candidates: Candidate[] = [];
  for (const kind of ['drift', 'meanDifference'] as const) {
    const results = await ablationSweep(vectors[kind], model.config, ask);
    candidates.push(...results.map((result) => ({ kind, ...result })));
  }
  const { kind, layer } = bestAblation(candidates);
  return { kind, layer, candidates };
}
