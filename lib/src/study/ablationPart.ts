import { ablationVariants, NOTHING_ABLATED, type AblationFacts } from './ablationVariants';
import type { ConvergentPart } from './convergentPart';
import { directionsOf } from './directionsOf';
import { openOrganism } from './organism';
import { askOf, pointsFile, type PartContext } from './partContext';
import { variantOutcomes, type Measured } from './variantOutcomes';

/** A direction taken out of a finetune in every way, each followed by random controls; nothing taken out comes first. */
export interface AblationSweep {
  readonly points: readonly Measured<AblationFacts>[];
}

/** Takes a direction out of a finetune: each block's at all blocks and at its own, and each at its own at once. */
export async function ablationPart(context: PartContext, part: ConvergentPart): Promise<AblationSweep> {
  const { base, grid, onStage } = context;
  const { seed } = part.spec;
  const variants = [NOTHING_ABLATED, ...ablationVariants(base.config, directionsOf(context, part), { nRandom: grid.nRandom, seed })]; // prettier-ignore
  const organism = await openOrganism(context, part.spec);
  try {
    const points = await variantOutcomes(organism.model, variants, {
      ask: askOf(context, seed),
      file: pointsFile(context, part),
      onOutcome: ({ name }, { done, total }) => onStage(`${name}, ${done} of ${total}`),
    });
    return { points };
  } finally {
    organism.dispose();
  }
}
