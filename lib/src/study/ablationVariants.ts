import { ablate } from '../directions/ablate';
import { randomVector } from '../directions/randomVector';
import type { Hooks } from '../model/hookSite';
import type { ModelConfig } from '../model/modelConfig';
import { rng } from '../random/rng';
import { keyOf } from '../records/keyOf';
import { norm } from '../stats/dot';
import { chosenLayers } from '../subject/chosenLayers';
import { withHooks } from '../subject/model';
import { unchanged, type Variant } from './variantOutcomes';

/** How directions are taken out.
 *
 * `single`: one block's direction at every block; `own`: one block's direction at that block alone; `layerwise`: each block's own, at all blocks.
 */
export type AblationWay = 'single' | 'own' | 'layerwise';

/** One model with directions taken out of it. */
export interface AblationFacts {
  readonly way: 'nothing' | AblationWay;
  /** Where the direction comes from; of all blocks if layerwise. */
  readonly layer?: number;
  /** Number of the random direction that is taken out instead. */
  readonly control?: number;
}

export interface AblationVariantsOptions {
  /** Default all three. */
  ways?: readonly AblationWay[];
  /** Blocks whose direction is taken out in the ways single and own (default all that have one). */
  layers?: readonly number[];
  /** Random directions for each way; for own at each of the layers (default 0). */
  nRandom?: number;
  /** Of the random directions (default 0). */
  seed?: number;
}

/** The model as it is, the first row of every table of ablations. */
export const NOTHING_ABLATED = unchanged<AblationFacts>({ way: 'nothing' });

/** A model with directions taken out in each way, each way followed by its random controls of the same norm.
 *
 * @param vectors  [nLayers dModel] the direction found after each block; a block whose vector is zero, as before the first adapter, is passed over
 * @throws Error if there is not one vector for each block, all are zero, or a layer is none or one whose vector is zero
 * @source arXiv 2506.11618, sections 3.4 and 3.5
 * @check test/study/ablationVariants.test.ts
 */
export function ablationVariants(
  config: Pick<ModelConfig, 'nLayers' | 'dModel'>,
  vectors: readonly ArrayLike<number>[],
  { ways = ['single', 'own', 'layerwise'], layers, nRandom = 0, seed = 0 }: AblationVariantsOptions = {},
): Variant<AblationFacts>[] {
  if (vectors.length !== config.nLayers)
    throw new Error(`ablationVariants: ${vectors.length} vectors; expected ${config.nLayers}, one a block`);
  const there = vectors.flatMap((v, layer) => (norm(v) > 0 ? [layer] : []));
  const chosen = chosenLayers('ablationVariants', layers ?? there, config);
  const controls = Array.from({ length: nRandom }, (_, i) => i);
  const random = (i: number, layer: number, way: string): Float64Array => randomVector(Float64Array.from(vectors[layer]), rng(seed).split(`random/${way}/${layer}/${i}`)); // prettier-ignore
  const variant = (facts: AblationFacts, out: readonly ArrayLike<number>[], hooks: Hooks): Variant<AblationFacts> => ({
    name: nameOf(facts),
    facts,
    key: keyOf('ablate', facts.way, facts.way === 'own' ? facts.layer : undefined, out.map((v) => Float64Array.from(v))), // prettier-ignore
    of: (model) => withHooks(model, hooks),
  });
  const single = (facts: AblationFacts, v: ArrayLike<number>): Variant<AblationFacts> =>
    variant(facts, [v], ablate(v, config));
  const own = (facts: AblationFacts & { layer: number }, v: ArrayLike<number>): Variant<AblationFacts> =>
    variant(facts, [v], ablate(v, config, { layers: [facts.layer] }));
  const layerwise = (facts: AblationFacts, of: (layer: number) => ArrayLike<number>): Variant<AblationFacts> => {
    const hooks = there.map((layer) => ablate(of(layer), config, { layers: [layer] }));
    return variant(facts, vectors.map((v, layer) => (there.includes(layer) ? of(layer) : v)), Object.assign({}, ...hooks) as Hooks); // prettier-ignore
  };
  const makers: Record<AblationWay, () => Variant<AblationFacts>[]> = {
    // The length of a direction does not matter here, so that one set of controls serves all layers.
    single: () => [
      ...chosen.map((layer) => single({ way: 'single', layer }, vectors[layer])),
      ...controls.map((control) => single({ way: 'single', control }, random(control, chosen[0], 'single'))),
    ],
    own: () =>
      chosen.flatMap((layer) => [
        own({ way: 'own', layer }, vectors[layer]),
        ...controls.map((control) => own({ way: 'own', layer, control }, random(control, layer, 'own'))),
      ]),
    layerwise: () => [
      layerwise({ way: 'layerwise' }, (layer) => vectors[layer]),
      ...controls.map((control) =>
        layerwise({ way: 'layerwise', control }, (layer) => random(control, layer, 'layerwise')),
      ),
    ],
  };
  return ways.flatMap((way) => makers[way]());
}

function nameOf({ way, layer, control }: AblationFacts): string {
  const what = control === undefined ? way : `${way} random ${control}`;
  return layer === undefined ? what : `${what}/block ${layer}`;
}
