import { residPostSites } from '../subject/residPostSites';
import { randomVector } from '../directions/randomVector';
import { traitDirections, traitStability } from '../directions/traitDirections';
import { shuffledPromptSets } from '../measure/promptEffects';
import { extractionQuestions, stylePromptSets, traitPromptSets } from '../micro/promptSets';
import type { Model } from '../model/model';
import { rng } from '../random/rng';
import type { Tokenizer } from '../tokenizer/tokenizer';

/** The bases on which drift is read: the seven traits, and three controls of seven directions each. */
export const BASIS_NAMES = ['traits', 'styles', 'shuffled', 'random'] as const;

/** Name of a basis. */
export type BasisName = (typeof BASIS_NAMES)[number];

/** Seven unit vectors at one layer. */
export interface Basis {
  /** Of each direction: the trait, the style or a number. */
  readonly names: readonly string[];
  /** [7 dModel] unit norm. */
  readonly directions: readonly Float32Array[];
  /** Mean cosine between two halves of the questions, for each direction; none for random ones. */
  readonly splitHalf: readonly number[];
}

/** The bases of an organism, by name, then by layer.
 *
 * `styles` have nothing to do with alignment; `shuffled` are the trait prompts with their poles dealt at random; `random` are
 * Gaussian unit vectors.
 *
 * @source arXiv 2606.07631, section 4.2 (alignment, semantic and random bases); the shuffled one is ours
 */
export async function directionBases(
  model: Pick<Model, 'config' | 'params'>,
  tokenizer: Pick<Tokenizer, 'encodeChat'>,
  { seed = 0 }: { seed?: number } = {},
): Promise<Record<BasisName, Basis[]>> {
  const sites = residPostSites(model.config);
  const root = rng(seed).split('bases');
  const traits = traitPromptSets();
  const sets = { traits, styles: stylePromptSets(), shuffled: shuffledPromptSets(traits, seed) };
  const found = await traitDirections(model, tokenizer, Object.values(sets).flat(), extractionQuestions(), { sites });
  const of = (first: number, label: string): Basis[] =>
    sites.map((site, layer) => {
      const own = found[site].slice(first, first + 7);
      return {
        names: own.map(({ trait }) => trait),
        directions: own.map(({ direction }) => direction),
        splitHalf: own.map((d) => traitStability(d, { rng: root.split(`${label}/${layer}/${d.trait}`) }).mean),
      };
    });
  const traitBases = of(0, 'traits');
  const random = sites.map((_, layer): Basis => {
    const { directions: like } = traitBases[layer];
    const directions = like.map((v, k) => Float32Array.from(randomVector(v, root.split(`random/${layer}/${k}`))));
    return { names: directions.map((_, k) => `random ${k}`), directions, splitHalf: [] };
  });
  return { traits: traitBases, styles: of(7, 'styles'), shuffled: of(14, 'shuffled'), random };
}
