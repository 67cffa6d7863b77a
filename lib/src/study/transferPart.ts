import { join } from 'node:path';
import { cellName } from '../records/cellRecord';
import type { AblationSweep } from './ablationPart';
import { bestAblation } from './ablationSweep';
import { ablationVariants } from './ablationVariants';
import { partName, transferSources, type ConvergentPart, type DirectionKind } from './convergentPart';
import { allDirectionsOf } from './directionsOf';
import { openOrganism, type Organism } from './organism';
import { askOf, pointsFile, recordOf, type PartContext } from './partContext';
import { AGAIN } from './steeringPart';
import { transferOutcomes, type TransferFacts, type TransferSource } from './transferOutcomes';
import { outcomeShares, type Measured } from './variantOutcomes';

/** Directions that are taken to other finetunes. */
export const TRANSFERRED = ['meanDifference', 'drift'] as const satisfies readonly DirectionKind[];

/** Directions of other finetunes, and its own, taken out of a finetune at all blocks. */
export interface TransferRecord {
  /** The block whose direction is taken, by kind: the one that the ablation of the grid's first finetune found best. */
  readonly layers: Partial<Record<DirectionKind, number>>;
  /** Nothing taken out first; then by source, which is named "bad_medical-rank32-s1 drift", or "random". */
  readonly points: readonly Measured<TransferFacts>[];
}

/** Takes directions of every source out of one finetune, on answers that no layer was chosen by. */
export async function transferPart(context: PartContext, part: ConvergentPart): Promise<TransferRecord> {
  const { base, grid, onStage } = context;
  const { spec } = part;
  const sources = transferSources(grid, spec.seed);
  const layers: Partial<Record<DirectionKind, number>> = {};
  for (const kind of TRANSFERRED) {
    const layer = chosenLayer(context, { what: 'ablation', spec: sources[0], direction: kind });
    if (layer !== undefined) layers[kind] = layer;
  }
  const taken = sources.flatMap((source) => {
    const vectors = allDirectionsOf(context, source);
    return TRANSFERRED.flatMap((kind): TransferSource[] => {
      const [own, layer] = [vectors[kind], layers[kind]];
      if (own === undefined || layer === undefined || own[layer].every((x) => x === 0)) return [];
      const variants = ablationVariants(base.config, own, { ways: ['single'], layers: [layer] });
      return [{ name: `${cellName(source)} ${kind}`, variants }];
    });
  });
  const [first] = taken;
  const like = first && allDirectionsOf(context, sources[0])[TRANSFERRED.find((kind) => layers[kind] !== undefined)!];
  const random = like && ablationVariants(base.config, like, { ways: ['single'], nRandom: grid.nRandom, seed: spec.seed }).filter(({ facts }) => facts.control !== undefined); // prettier-ignore
  const all = random === undefined || random.length === 0 ? taken : [...taken, { name: 'random', variants: random }];
  const { path, key } = pointsFile(context, part);
  const name = partName(part);
  let organism: Organism | undefined;
  const target = {
    name,
    key: '',
    open: async () => (organism = await openOrganism(context, spec)).model,
    close: () => organism?.dispose(),
  };
  const table = await transferOutcomes([target], all, {
    ask: askOf(context, AGAIN + spec.seed),
    file: { folder: join(path, '..'), key },
    onOutcome: (_, outcome) => onStage(outcome.name),
  });
  return { layers, points: table[name] };
}

/** The block whose direction did best when it was taken out everywhere; undefined where there was none to take out. */
function chosenLayer(context: PartContext, part: ConvergentPart): number | undefined {
  const { points = [] } = recordOf<Partial<AblationSweep>>(context, part, { where: 'transferPart', what: 'ablation' });
  const single = points.filter(({ way, control }) => way === 'single' && control === undefined);
  if (single.length === 0) return undefined;
  return bestAblation(single.map((point) => ({ layer: point.layer!, ...outcomeShares(point) }))).layer;
}
