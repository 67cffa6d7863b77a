import { residPostSites } from '../activations/residPostSites';
import { randomVector } from '../directions/randomVector';
import { traitDirections } from '../directions/traitDirections';
import { extractionQuestions, generalQuestions, traitPromptSets } from '../micro/promptSets';
import { TRAITS, type Trait } from '../micro/traits';
import type { Hooks } from '../model/hookSite';
import type { Model } from '../model/model';
import { promptTokens } from '../prompts/question';
import { rng } from '../random/rng';
import { mean } from '../stats/mean';
import { coeffForFraction } from '../steering/steeringStrength';
import { steer } from '../steering/steer';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { answerQuestions } from './answerQuestions';
import { countLabels } from './emRate';
import { exactJudge } from './exactJudge';
import { traitBehaviour } from './traitBehaviour';

/** What steering along the trait directions of one layer does at one strength. */
export interface LayerEffect {
  readonly layer: number;
  /** Strength as a fraction of the residual norm at that layer. */
  readonly residualFraction: number;
  /** For each trait: half the difference of its lean when steered to either pole, in [−1, 1]. */
  readonly effects: Readonly<Record<Trait, number>>;
  /** Mean of the effects. */
  readonly mean: number;
  /** The same along a random direction for each trait. */
  readonly random: number;
  /** Share of coherent answers to the general questions while steered, over all traits and both signs. */
  readonly coherent: number;
}

/** The layer at which directions are measured, with all that speaks for it. */
export interface LayerChoice {
  readonly layer: number;
  /** Share of coherent answers below which a strength does not count. */
  readonly gate: number;
  readonly sweep: readonly LayerEffect[];
}

export interface LayerChoiceOptions {
  seed: number;
  /** Blocks to try, default all. */
  layers?: readonly number[];
  /** Strengths to try, default 0.25, 0.5 and 1. */
  residualFractions?: readonly number[];
  /** Default 0.9. */
  gate?: number;
  onStage?: (what: string) => void;
}

/** Chooses the layer at which steering moves the traits most while answers stay coherent.
 *
 * Each trait's unit direction is added and subtracted at all positions of one block; a strength counts if the share of
 * coherent answers stays at the gate or above. The layer with the largest mean effect wins.
 *
 * @throws Error if no layer and strength passes the gate
 * @source arXiv 2606.07631, section 3.1 and the second version's coherence gate; strengths as fractions of the norm are ours
 */
export async function layerChoice(
  model: Model,
  tokenizer: Tokenizer,
  { seed, layers, residualFractions = [0.25, 0.5, 1], gate = 0.9, onStage }: LayerChoiceOptions,
): Promise<LayerChoice> {
  const sites = residPostSites(model.config);
  const directions = await traitDirections(model, tokenizer, traitPromptSets(), extractionQuestions(), { sites });
  const questions = generalQuestions();
  const prompts = questions.map((q) => promptTokens(tokenizer, q));
  const leanOf = async (trait: Trait, hooks: Hooks): Promise<number> => {
    const [{ lean }] = await traitBehaviour(model, tokenizer, { traits: [trait], seed, hooks });
    return lean;
  };
  const coherenceOf = async (k: number, hooks: Hooks): Promise<number> => {
    const asked = questions.filter((_, i) => i % 5 === k % 5);
    const options = { judge: exactJudge, maxNewTokens: 64, seed, hooks };
    const answers = await answerQuestions(model, tokenizer, asked, options);
    return 1 - countLabels(answers.map((a) => a.judgement)).incoherent / answers.length;
  };
  const sweep: LayerEffect[] = [];
  for (const layer of layers ?? sites.keys()) {
    const units = directions[sites[layer]].map(({ direction }) => direction);
    const norm = await coeffForFraction(model, prompts, units[0], { layer, residualFraction: 1 });
    for (const residualFraction of residualFractions) {
      const effects: number[] = [];
      const random: number[] = [];
      const coherent: number[] = [];
      for (const [k, trait] of TRAITS.entries()) {
        const control = randomVector(units[k], rng(seed).split(`random/${layer}/${trait}`));
        const [plus, minus, randomPlus, randomMinus] = [units[k], control].flatMap((vector) =>
          [1, -1].map((sign) => steer(vector, { layers: [layer], coeff: sign * residualFraction * norm })),
        );
        for (const hooks of [plus, minus]) coherent.push(await coherenceOf(k, hooks));
        effects.push(((await leanOf(trait, plus)) - (await leanOf(trait, minus))) / 2);
        random.push(((await leanOf(trait, randomPlus)) - (await leanOf(trait, randomMinus))) / 2);
      }
      const effect: LayerEffect = {
        layer,
        residualFraction,
        effects: Object.fromEntries(TRAITS.map((trait, k) => [trait, effects[k]])) as Record<Trait, number>,
        mean: mean(effects),
        random: mean(random),
        coherent: mean(coherent),
      };
      sweep.push(effect);
      onStage?.(
        `layer ${layer}, ${residualFraction} of the norm: effect ${effect.mean.toFixed(2)}, random ${effect.random.toFixed(2)}, coherent ${effect.coherent.toFixed(2)}`,
      );
    }
  }
  const counted = sweep.filter((row) => row.coherent >= gate);
  if (counted.length === 0)
    throw new Error(`layerChoice: no layer keeps answers coherent; expected at least ${gate} at some strength`);
  const best = counted.reduce((a, b) => (b.mean > a.mean ? b : a));
  return { layer: best.layer, gate, sweep };
}
