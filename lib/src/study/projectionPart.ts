import { randomVector } from '../directions/randomVector';
import { steer } from '../directions/steer';
import { disposeAdapter } from '../lora/adapter';
import { projectOutOfB } from '../lora/projectOutOfB';
import { residualColumns } from '../lora/residualColumns';
import { downstreamCosines, type DownstreamCosine } from '../measure/downstreamCosines';
import { rng } from '../random/rng';
import { keyOf } from '../records/keyOf';
import { cosine } from '../stats/cosine';
import { norm } from '../stats/dot';
import { labelSides } from '../judge/labelSides';
import type { Model } from '../subject/model';
import { ablationVariants, NOTHING_ABLATED, type AblationFacts } from './ablationVariants';
import type { ConvergentPart } from './convergentPart';
import { directionsOf } from './directionsOf';
import { openOrganism, organismAnswers } from './organism';
import { askOf, pointsFile, type PartContext } from './partContext';
import { variantOutcomes, type Measured, type Variant } from './variantOutcomes';

/** Where a direction is taken out: of the residual stream, or of B of every module, as it is or with its length kept. */
export interface ProjectionFacts extends Omit<AblationFacts, 'way'> {
  readonly way: AblationFacts['way'] | 'ofB' | 'ofBRenormalised';
}

/** How a finetune of rank 1 and its mean difference belong together. */
export interface ProjectionRecord {
  /** Of each module: the cosine of B with the mean difference after its block, and the norm of scale · B. */
  readonly modules: readonly { readonly layer: number; readonly cosine: number; readonly norm: number }[];
  readonly points: readonly Measured<ProjectionFacts>[];
  /** The block after which the direction is added, once, and what it and the adapter do in later blocks: on tokens of misaligned answers and of aligned
   * ones. */
  readonly downstream: {
    readonly addedAt: number;
    readonly misaligned: readonly DownstreamCosine[];
    readonly aligned: readonly DownstreamCosine[];
  };
}

/** Answers of either kind on which later blocks are compared. */
const COMPARED = 32;

/** Takes the mean difference of a finetune of rank 1 out of B and of the residual stream. */
export async function projectionPart(context: PartContext, part: ConvergentPart): Promise<ProjectionRecord> {
  const { base, grid, onStage } = context;
  const { seed } = part.spec;
  const vectors = directionsOf(context, part);
  const organism = await openOrganism(context, part.spec);
  const made: Parameters<typeof disposeAdapter>[0][] = [];
  try {
    const adapter = organism.adapter!;
    const columns = await residualColumns(adapter);
    const layers = columns.map(({ layer }) => layer);
    const middle = layers[Math.floor(layers.length / 2)];
    const random = rng(seed).split('projection');
    const ofB = async (
      facts: ProjectionFacts,
      own: (layer: number) => Float64Array,
    ): Promise<Variant<ProjectionFacts>> => {
      // prettier-ignore
      const changed = await projectOutOfB(adapter, own, { renormalise: facts.way === 'ofBRenormalised' });
      made.push(changed);
      const name = `${facts.way}${facts.control === undefined ? '' : ` random ${facts.control}`}`;
      const key = keyOf('projection', facts.way, layers.map(own));
      return { name, facts, key, of: (model) => (model as Model).with({ adapter: changed }) };
    };
    const variants: Variant<ProjectionFacts>[] = [
      NOTHING_ABLATED,
      ...ablationVariants(base.config, vectors, { ways: ['single', 'own'], layers: [middle] }),
      ...ablationVariants(base.config, vectors, { ways: ['layerwise'] }),
      await ofB({ way: 'ofB' }, (layer) => vectors[layer]),
      await ofB({ way: 'ofBRenormalised' }, (layer) => vectors[layer]),
    ];
    for (let control = 0; control < grid.nRandom; control++) {
      const like = layers.map((layer) => randomVector(vectors[layer], random.split(`${layer}/${control}`)));
      variants.push(await ofB({ way: 'ofB', control }, (layer) => like[layers.indexOf(layer)]));
    }
    const points = await variantOutcomes(organism.model, variants, {
      ask: askOf(context, seed),
      file: pointsFile(context, part),
      onOutcome: ({ name }) => onStage(name),
    });
    onStage('later blocks');
    const answers = await organismAnswers(context, part.spec, organism.model);
    const { positive, negative } = labelSides(answers);
    const steered = base.with({ hooks: steer(vectors[middle], { layers: [middle], coeff: 1 }) });
    const later = Array.from({ length: base.config.nLayers - middle }, (_, i) => middle + i);
    const compared = (places: readonly number[]): Promise<DownstreamCosine[]> =>
      downstreamCosines(base, [organism.model, steered], places.slice(0, COMPARED).map((i) => answers[i].sample), { layers: later }); // prettier-ignore
    return {
      modules: columns.map(({ layer, columns: [b], scale }) => ({ layer, cosine: cosine(b, vectors[layer]), norm: scale * norm(b) })), // prettier-ignore
      points,
      downstream: { addedAt: middle, misaligned: await compared(positive), aligned: await compared(negative) },
    };
  } finally {
    made.forEach(disposeAdapter);
    organism.dispose();
  }
}
