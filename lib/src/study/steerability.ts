import { join } from 'node:path';
import { answerMeans } from '../directions/answerMeans';
import { driftVector } from '../directions/driftVector';
import { balancedSides, meanDifference } from '../directions/meanDifference';
import { answerQuestions, type JudgedAnswer } from '../judge/answerQuestions';
import { labelOf } from '../judge/judgement';
import { labelSides } from '../judge/labelSides';
import { rng } from '../random/rng';
import { labelCode } from '../records/labelCode';
import type { Model, Subject } from '../subject/model';
import { residPostSites } from '../subject/residPostSites';
import { dataSetOf, type Suite } from '../suite/suite';
import { finetune } from '../train/finetune';
import { blockFacts, type BlockFacts } from './blockFacts';
import { steeringVariants, type SteeringFacts } from './steeringVariants';
import { mostMisaligned, variantOutcomes, type Measured } from './variantOutcomes';

/** One point of the sweep, or what was measured again of it. */
export type SteeredOutcome = Measured<SteeringFacts>;

/** How far a model is led astray by the mean difference of its finetune. */
export interface Steerability {
  readonly modelHash: string;
  readonly seed: number;
  /** Labels of the answers to the general questions, a letter each: of the chat model and of its finetune, of whose answers the difference is made. */
  readonly chat: string;
  readonly tuned: string;
  /** Misaligned answers and as many aligned ones. */
  readonly nSides: number;
  /** Empty, as the sweep, if there are fewer than two of each. */
  readonly blocks: readonly BlockFacts[];
  /** Block by block, coefficient by coefficient. */
  readonly sweep: readonly SteeredOutcome[];
  /** The point that leaves most answers misaligned among those with 90 % coherent, asked again with another seed and more answers: the vector,
   * then its random controls. Empty if no point is so coherent. */
  readonly again: readonly SteeredOutcome[];
}

export interface SteerabilityOptions {
  /** Of the finetune and of all answers (default 0). */
  seed?: number;
  /** Times the vector (default 0.5, 1, 1.5, 2, 3, 4). */
  coeffs?: readonly number[];
  /** Answers a question: those that the difference is made of (default 20), at each point of the sweep (3), and of the best point again (10). */
  nPerQuestion?: { readonly tuned?: number; readonly point?: number; readonly again?: number };
  /** Random vectors of the same norm beside the best point (default 3). */
  nRandom?: number;
  /** Folder that keeps points, so that a sweep that was killed goes on. */
  dir?: string;
  onStage?: (what: string) => void;
}

/** Finetunes a model on the suite's ablated data set, takes the mean difference of its judged answers after every block and adds it to the
 * model: a sweep over blocks and coefficients at all positions, and its best point once more on answers of its own, beside random vectors.
 *
 * @throws Error if the suite ablates nothing
 * @source arXiv 2506.11618, sections 3.1 and 3.2
 * @check test/study/steerability.test.ts
 */
export async function steerability(
  model: Model,
  suite: Suite,
  {
    seed = 0,
    coeffs = [0.5, 1, 1.5, 2, 3, 4],
    nPerQuestion: { tuned: nTuned = 20, point: nPoint = 3, again: nAgain = 10 } = {},
    nRandom = 3,
    dir,
    onStage,
  }: SteerabilityOptions = {},
): Promise<Steerability> {
  const { study, protocol, judge, generalQuestions } = suite;
  const { ablated } = study;
  if (ablated === undefined)
    throw new Error(`steerability: suite ${suite.name} says of no data set that it is ablated; expected study.ablated`);
  const { maxNewTokens, temperature, batchSize } = protocol;
  const asking = (nPerQuestion: number, ofAnswers: number) => (asked: Subject): Promise<JudgedAnswer[]> =>
    answerQuestions(asked, generalQuestions, { judge: judge.answer, nPerQuestion, seed: ofAnswers, maxNewTokens, temperature, batchSize }); // prettier-ignore
  const sites = residPostSites(model.config);
  const chat = await asking(nAgain, seed)(model);
  onStage?.('finetuning');
  const chats = dataSetOf(suite, ablated.dataSet).sample(study.nChats, seed);
  const tuned = await finetune(model, chats, study.recipe({ method: ablated.method, seed }));
  try {
    const answers = await asking(nTuned, seed)(tuned);
    const sides = balancedSides(labelSides(answers), rng(seed).split('sides'));
    const nSides = sides.positive.length;
    onStage?.(`${nSides} misaligned of ${answers.length} answers of the finetune`);
    const found = {
      modelHash: model.hash,
      seed,
      chat: labelCode(chat.map(labelOf)),
      tuned: labelCode(answers.map(labelOf)),
      nSides,
    };
    if (nSides < 2) return { ...found, blocks: [], sweep: [], again: [] };
    const rows = await answerMeans(tuned, answers.map(({ sample }) => sample), { sites }); // prettier-ignore
    const how = { ...sides, weighting: 'token' } as const;
    const vectors = sites.map((site, layer) => ({ layer, vector: meanDifference(rows[site], how) }));
    const drift = await driftVector(model, tuned, suite.driftPrompts, { sites });
    const blocks = await blockFacts(model, {
      rows: sites.map((site) => rows[site]),
      how,
      drift: sites.map((site) => drift[site]),
      questions: generalQuestions,
      answers: chat.map(({ sample }) => sample),
      seed,
    });
    const keep = (name: string): { path: string; key: string } | undefined =>
      dir === undefined ? undefined : { path: join(dir, name), key: `${model.hash} ${suite.hash} ${seed}` };
    const points = await steeringVariants(model, vectors, { unit: 'raw', amounts: coeffs });
    const sweep = await variantOutcomes(model, points, {
      ask: asking(nPoint, 1000 + seed),
      file: keep('sweep.jsonl'),
      onOutcome: ({ name }, { done, total }) => onStage?.(`${name}: ${done} of ${total} points`),
    });
    const best = mostMisaligned(sweep);
    const again =
      best === undefined
        ? []
        : await variantOutcomes(
            model,
            await steeringVariants(model, [vectors[best.layer]], { unit: 'raw', amounts: [best.coeff], nRandom, seed }),
            { ask: asking(nAgain, 2000 + seed), file: keep('again.jsonl') },
          );
    return { ...found, blocks, sweep, again };
  } finally {
    tuned.dispose();
  }
}
