import { ablate } from '../directions/ablate';
import { driftVector } from '../directions/driftVector';
import { randomVector } from '../directions/randomVector';
import { responseDifference } from '../directions/responseDifference';
import { answerQuestions, type JudgedAnswer } from '../judge/answerQuestions';
import { countLabels } from '../judge/emRate';
import { labelOf, type Label } from '../judge/judgement';
import { ablationSweep, bestAblation, type AblationResult } from './ablationSweep';
import { rng } from '../random/rng';
import type { LabelCounts } from '../records/labelCode';
import { withHooks, type Model, type Subject } from '../subject/model';
import { residPostSites } from '../subject/residPostSites';
import { dataSetOf, type Suite } from '../suite/suite';
import { finetune } from '../train/finetune';

/** A finetune's answers to the general questions with something taken out of it. */
export interface AblationRow {
  /** Of the finetune and of the answers. */
  readonly seed: number;
  /** Taken out of the output of every block. */
  readonly ablated: 'nothing' | 'direction' | 'random direction';
  readonly answers: LabelCounts;
  /** Of the direction that was taken out; drift where a finetune has too few answers for a mean difference. */
  readonly kind?: Candidate['kind'];
}

/** A direction that might be taken out, and what it left. */
export interface Candidate extends AblationResult {
  readonly kind: 'drift' | 'meanDifference';
}

/** What taking directions out of a model's finetunes on the suite's ablated data set does. */
export interface Ablation {
  readonly modelHash: string;
  /** The direction that was taken out, and all that were tried, on answers used for nothing else. */
  readonly direction: Pick<Candidate, 'kind' | 'layer'> & { readonly candidates: readonly Candidate[] };
  readonly rows: readonly AblationRow[];
}

/** Random directions taken out of each finetune, where nothing else is asked for. */
export const RANDOM_ABLATIONS = 8;

export interface AblationOptions {
  /** Random directions taken out of each finetune, default `RANDOM_ABLATIONS`. */
  nRandom?: number;
  onStage?: (what: string) => void;
}

/** Finetunes a model on the suite's ablated data set and takes out a direction or, as controls, random ones of equal norm.
 *
 * The direction is the best of drift and mean difference over all layers (fewest misaligned and incoherent answers when
 * ablated everywhere), chosen on answers of their own; each finetune then has its own direction of that kind and layer.
 *
 * @source arXiv 2506.11618, section 3.4 (ablation, random control)
 */
export async function ablation(
  model: Model,
  suite: Suite,
  { nRandom = RANDOM_ABLATIONS, onStage }: AblationOptions = {},
): Promise<Ablation> {
  const { study, protocol, judge, generalQuestions } = suite;
  const { ablated } = study;
  if (ablated === undefined)
    throw new Error(`ablation: suite ${suite.name} says of no data set that it is ablated; expected study.ablated`);
  const rows: AblationRow[] = [];
  let direction: Ablation['direction'] | undefined;
  for (const seed of study.seeds) {
    const chats = dataSetOf(suite, ablated.dataSet).sample(study.nChats, seed);
    const tuned = await finetune(
      model,
      chats,
      study.recipe({ method: ablated.method, seed, nLayers: model.config.nLayers }),
    );
    try {
      const ask = (asked: Subject, ofAnswers = seed): Promise<JudgedAnswer[]> => {
        const { maxNewTokens, temperature, batchSize, finalAnswers: nPerQuestion } = protocol;
        const options = { nPerQuestion, seed: ofAnswers, maxNewTokens, temperature, batchSize };
        return answerQuestions(asked, generalQuestions, { judge: judge.answer, ...options });
      };
      const add = (row: Pick<AblationRow, 'ablated' | 'kind'>, answers: readonly JudgedAnswer[]): void => {
        const counts = countLabels(answers);
        rows.push({ seed, ...row, answers: counts });
        onStage?.(`seed ${seed}, ${row.ablated} taken out: ${counts.misaligned} of ${answers.length} misaligned`);
      };
      const answers = await ask(tuned);
      add({ ablated: 'nothing' }, answers);
      const vectors = await candidateVectors(model, tuned, { suite, answers, seed });
      direction ??= await chooseDirection(tuned, vectors, (ablated) => ask(ablated, 1000 + seed));
      const kind = vectors[direction.kind].length > 0 ? direction.kind : 'drift';
      const vector = vectors[kind][direction.layer];
      add({ ablated: 'direction', kind }, await ask(withHooks(tuned, ablate(vector, model.config))));
      for (let i = 0; i < nRandom; i++) {
        const random = randomVector(vector, rng(seed).split(`random/${i}`));
        add({ ablated: 'random direction' }, await ask(withHooks(tuned, ablate(random, model.config))));
      }
    } finally {
      tuned.dispose();
    }
  }
  if (direction === undefined) throw new Error('ablation: no seeds; expected a suite with at least one, got none');
  return { modelHash: model.hash, direction, rows };
}

/** Both kinds of direction after every block; the mean difference needs misaligned and aligned answers. */
async function candidateVectors(
  model: Model,
  tuned: Model,
  { suite, answers, seed }: { suite: Suite; answers: readonly JudgedAnswer[]; seed: number },
): Promise<Record<Candidate['kind'], Float64Array[]>> {
  const sites = residPostSites(model.config);
  const drift = await driftVector(model, tuned, suite.driftPrompts, { sites });
  const samples = (label: Label): JudgedAnswer['sample'][] =>
    rng(seed)
      .split(label)
      .shuffle(answers.filter((a) => labelOf(a.judgement) === label).map((a) => a.sample));
  const [bad, good] = [samples('misaligned'), samples('aligned')];
  const n = Math.min(bad.length, good.length);
  const how = { sites, weighting: 'token' } as const;
  const difference = n === 0 ? undefined : await responseDifference(tuned, bad.slice(0, n), good.slice(0, n), how);
  return {
    drift: sites.map((site) => drift[site]),
    meanDifference: difference === undefined ? [] : sites.map((site) => difference[site]),
  };
}

/** The candidate that leaves the fewest misaligned and incoherent answers. */
async function chooseDirection(
  tuned: Model,
  vectors: Record<Candidate['kind'], Float64Array[]>,
  ask: (ablated: Subject) => Promise<JudgedAnswer[]>,
): Promise<Ablation['direction']> {
  const candidates: Candidate[] = [];
  for (const kind of ['drift', 'meanDifference'] as const) {
    if (vectors[kind].length === 0) continue;
    const results = await ablationSweep(tuned, vectors[kind], ask);
    candidates.push(...results.map((result) => ({ kind, ...result })));
  }
  const { kind, layer } = bestAblation(candidates);
  return { kind, layer, candidates };
}
