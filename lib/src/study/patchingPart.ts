import { patchScalars } from '../directions/patchScalars';
import { scalarSites } from '../model/scalarSites';
import { keyOf } from '../records/keyOf';
import type { FileQuestion } from '../prompts/fileQuestion';
import { capture } from '../subject/capture';
import { withHooks } from '../subject/model';
import type { Suite } from '../suite/suite';
import type { ConvergentPart } from './convergentPart';
import { openOrganism } from './organism';
import { askOf, pointsFile, type PartContext } from './partContext';
import { unchanged, variantOutcomes, type Measured, type Variant } from './variantOutcomes';

/** What became of a finetune's answers with the adapter's scalars of one question's prompt in those of all others. */
export interface PatchingRecord {
  /** First nothing patched, then by the question that the scalars are of. */
  readonly points: readonly Measured<{ readonly from?: string }>[];
}

/** Questions whose scalars are put into the others. */
const SOURCES = 8;

/** General questions whose scalars are put into the others, evenly over all. */
export function patchedQuestions({ generalQuestions }: Pick<Suite, 'generalQuestions'>): readonly FileQuestion[] {
  const every = Math.ceil(generalQuestions.length / SOURCES);
  return generalQuestions.filter((_, i) => i % every === 0);
}

/** Puts the scalars of some general questions' prompts into all of them.
 *
 * @source arXiv 2506.11618, appendix J
 */
export async function patchingPart(context: PartContext, part: ConvergentPart): Promise<PatchingRecord> {
  const { suite, onStage } = context;
  const organism = await openOrganism(context, part.spec);
  try {
    const { model } = organism;
    const sites = scalarSites(model.deltas ?? {}).map(({ site }) => site);
    const variants: Variant<{ from?: string }>[] = [unchanged({})];
    for (const question of patchedQuestions(suite)) {
      const seen = await capture(model, [question], { sites, positions: 'all' });
      const scalars = Object.fromEntries(sites.map((site) => [site, seen[site][0]]));
      variants.push({
        name: question.id,
        facts: { from: question.id },
        key: keyOf('patching', Object.values(scalars)),
        of: (m) => withHooks(m, patchScalars(scalars)),
      });
    }
    const points = await variantOutcomes(model, variants, {
      ask: askOf(context, part.spec.seed),
      file: pointsFile(context, part),
      onOutcome: ({ name }) => onStage(name),
    });
    return { points };
  } finally {
    organism.dispose();
  }
}
