import { randomVector } from '../directions/randomVector';
import { traitDirections, traitStability, type TraitDirection } from '../directions/traitDirections';
import { shuffledPromptSets } from '../measure/promptEffects';
import { rng } from '../random/rng';
import type { Subject } from '../subject/model';
import { residPostSites } from '../subject/residPostSites';
import type { Suite } from '../suite/suite';
import type { Bases, Basis } from './basis';

/** The bases of a model on the traits of a suite.
 *
 * `styles` have nothing to do with alignment; `shuffled` are the trait prompts with their poles dealt at random; `random` are
 * Gaussian unit vectors.
 *
 * @source arXiv 2606.07631, section 4.2 (alignment, semantic and random bases); the shuffled one is ours
 */
export async function directionBases(
  model: Subject,
  { traits, controls, extractionQuestions }: Pick<Suite, 'traits' | 'controls' | 'extractionQuestions'>,
  { seed = 0, onProgress }: { seed?: number; onProgress?: (done: number, total: number) => void } = {},
): Promise<Bases> {
  const sites = residPostSites(model.config);
  const root = rng(seed).split('bases');
  const sets = { traits, styles: controls, shuffled: shuffledPromptSets(traits, seed) };
  const all = [...sets.traits, ...sets.styles, ...sets.shuffled.filter(({ positive }) => positive.length > 0)];
  const found = await traitDirections(model, all, extractionQuestions, { sites, onProgress });
  let first = 0;
  const of = (label: 'traits' | 'styles' | 'shuffled'): Basis[] => {
    const count = sets[label].filter(({ positive }) => positive.length > 0).length;
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
  const [traitBases, styles, shuffled] = [of('traits'), of('styles'), of('shuffled')];
  const random = sites.map((_, layer): Basis => {
    const { directions: like } = traitBases[layer];
    const directions = like.map((v, k) => Float32Array.from(randomVector(v, root.split(`random/${layer}/${k}`))));
    return { names: directions.map((_, k) => `random ${k}`), directions, splitHalf: [] };
  });
  return { traits: traitBases, styles, shuffled, random };
}
