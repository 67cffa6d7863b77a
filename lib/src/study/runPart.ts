import { removeFile } from '../disk/folder';
import { cellName } from '../records/cellRecord';
import { ablationPart, type AblationSweep } from './ablationPart';
import type { ConvergentPart } from './convergentPart';
import { allDirectionsOf } from './directionsOf';
import { organismPart, type OrganismRecord } from './organismPart';
import { pointsFile, type PartContext } from './partContext';
import { patchingPart, type PatchingRecord } from './patchingPart';
import { phasePart, type PhaseRecord } from './phasePart';
import { projectionPart, type ProjectionRecord } from './projectionPart';
import { scalarsPart, type ScalarsRecord } from './scalarsPart';
import { steeringPart, type SteeringRecord } from './steeringPart';
import { subsetsPart, type SubsetsRecord } from './subsetsPart';
import { transferPart, type TransferRecord } from './transferPart';

/** What each kind of part finds, by its name. */
export interface PartRecords {
  readonly organism: OrganismRecord;
  readonly steering: SteeringRecord;
  readonly ablation: AblationSweep;
  readonly transfer: TransferRecord;
  readonly projection: ProjectionRecord;
  readonly scalars: ScalarsRecord;
  readonly subsets: SubsetsRecord;
  readonly patching: PatchingRecord;
  readonly phase: PhaseRecord;
}

/** Why a part found nothing: its finetune has no such direction. */
export interface NothingFound {
  readonly missing: string;
}

/** Does a part of the work on a grid whose record is JSON.
 *
 * @param name  of the model
 */
export async function runPart(
  context: PartContext,
  part: ConvergentPart,
  name: string,
): Promise<PartRecords[keyof PartRecords] | NothingFound> {
  const missing = missingDirection(context, part);
  return missing === undefined ? found(context, part, name) : { missing };
}

/** Forgets the points of a part that is done. */
export function forgetPoints(context: PartContext, part: ConvergentPart): void {
  removeFile(pointsFile(context, part).path);
}

function found(context: PartContext, part: ConvergentPart, name: string): Promise<PartRecords[keyof PartRecords]> {
  switch (part.what) {
    case 'organism':
      return organismPart(context, part.spec, name);
    case 'steering':
      return steeringPart(context, part);
    case 'ablation':
      return ablationPart(context, part);
    case 'transfer':
      return transferPart(context, part);
    case 'projection':
      return projectionPart(context, part);
    case 'scalars':
      return scalarsPart(context, part);
    case 'subsets':
      return subsetsPart(context, part);
    case 'patching':
      return patchingPart(context, part);
    case 'phase':
      return phasePart(context, part);
    case 'directions':
      throw new Error('runPart: directions are no JSON; expected directionsPart');
  }
}

/** Why a part cannot be done: a mean difference takes answers of both kinds, a persona prompts. */
function missingDirection(context: PartContext, { what, spec, direction, from }: ConvergentPart): string | undefined {
  const kind = what === 'projection' ? 'meanDifference' : direction;
  if (kind === undefined) return undefined;
  const of = from ?? spec;
  if (allDirectionsOf(context, of)[kind] !== undefined) return undefined;
  const why = kind === 'persona' ? 'the suite has no prompts of either persona' : 'it has fewer than two misaligned or two aligned answers'; // prettier-ignore
  return `${cellName(of)} has no ${kind}: ${why}`;
}
