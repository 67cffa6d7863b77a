import { randomVector } from '../directions/randomVector';
import { traitDirections, traitStability, type TraitDirection } from '../directions/traitDirections';
import { shuffledPromptSets } from '../measure/promptEffects';
import type { TraitPrompts } from '../prompts/traitPrompts';
import { rng } from '../random/rng';
import type { Subject } from '../subject/model';
import { residPostSites } from '../subject/residPostSites';
import type { Suite } from '../suite/suite';
import type { Bases, Basis } from './basis';

/** The bases of a model on the traits of a suite.
 *
 * `styles` have nothing to do with alignment; `shuffled` are the trait prompts with their poles dealt at random; `random` are
 * Gaussian unit vectors; `persona` is misaligned minus aligned system prompts.
 *
 * @source arXiv 2606.07631, section 4.2 (alignment, semantic and random bases); the shuffled one is ours; persona as the baseline
 * of its second version, at the last prompt token as the traits
 */
export async function directionBases(
  model: Subject,
  {
    traits,
    controls,
    personas,
    extractionQuestions,
  }: Pick<Suite, 'traits' | 'controls' | 'personas' | 'extractionQuestions'>,
  { seed = 0, onProgress }: { seed?: number; onProgress?: (done: number, total: number) => void } = {},
): Promise<Bases> {
  const sites = residPostSites(model.config);
  const root = rng(seed).split('bases');
  const persona = { trait: 'misaligned persona', positive: personas.misaligned, negative: personas.aligned };
  const isWhole = ({ positive, negative }: TraitPrompts): boolean => positive.length > 0 && negative.length > 0;
  const sets = {
    traits,
    styles: controls,
    shuffled: shuffledPromptSets(traits, seed).filter(isWhole),
    persona: [persona].filter(isWhole),
  };
  const all = Object.values(sets).flat();
  const found = await traitDirections(model, all, extractionQuestions, { sites, onProgress });
  let first = 0;
  const of = (label: keyof typeof sets): Basis[] => {
    const count = sets[label].length;
    const bases = sites.map((site, layer): Basis => {
      const own: TraitDirection[] = found[site].slice(first, first + count);
      return {
        names: own.map(({ trait }) => trait),
        directions: own.map(({ vector }) => vector),
        splitHalf: own.map((d) => traitStability(d, { rng: root.split(`${label}/${layer}/${d.trait}`) }).mean),
      };
    });
    first += count;
    return bases;
  };
  const [traitBases, styles, shuffled, personaBases] = [of('traits'), of('styles'), of('shuffled'), of('persona')];
  const random = sites.map((_, layer): Basis => {
    const { directions: like } = traitBases[layer];
    const directions = like.map((v, k) => Float32Array.from(randomVector(v, root.split(`random/${layer}/${k}`))));
    return { names: directions.map((_, k) => `random ${k}`), directions, splitHalf: [] };
  });
  return { traits: traitBases, styles, shuffled, random, persona: personaBases };
}
