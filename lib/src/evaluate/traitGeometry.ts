import { traitDirections } from '../directions/traitDirections';
import { extractionQuestions, traitPromptSets } from '../micro/promptSets';
import { ALIGNED_SIGN, type Trait } from '../micro/traits';
import type { HookSite } from '../model/hookSite';
import type { Model } from '../model/model';
import { cosineMatrix } from '../stats/cosine';
import { mean } from '../stats/mean';
import type { Tokenizer } from '../tokenizer/tokenizer';

/** Mean cosines of the trait directions at one layer. */
export interface LayerGeometry {
  readonly layer: number;
  readonly withinPositive: number;
  readonly withinNegative: number;
  readonly across: number;
  readonly largest: number;
}

/** How the seven trait directions stand to one another at every layer: mean cosines by group.
 *
 * @source arXiv 2606.07631, Figure 6
 */
export async function traitGeometry(
  model: Pick<Model, 'config' | 'params'>,
  tokenizer: Pick<Tokenizer, 'encodeChat'>,
): Promise<LayerGeometry[]> {
  const sites = Array.from({ length: model.config.nLayers }, (_, i): HookSite => `blocks.${i}.hook_resid_post`);
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
