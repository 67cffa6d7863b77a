import type { Model } from '../subject/model';
import { convergentGrid } from '../suite/convergentGrid';
import type { Suite } from '../suite/suite';
import type { PartContext } from './partContext';
import { convergentFolder, type ModelId, type Study } from './task';
import { taskKey } from './taskKey';

/** Where the parts of the work on a model's grid lie, and under which keys: no weights are needed. */
export function partFiles(
  { out, suite }: Pick<Study, 'out' | 'suite'>,
  model: ModelId,
): Pick<PartContext, 'dir' | 'keyOf'> {
  return {
    dir: convergentFolder({ out }, model),
    keyOf: (part) => taskKey(suite, { kind: 'convergent', model, part }),
  };
}

/** What the parts of the work on a model's grid are done with.
 *
 * @param suite  that of the study with its judge counted; keys are of the study's own
 */
export function contextOf(
  study: Pick<Study, 'out' | 'suite'>,
  model: ModelId,
  { base, suite, onStage = () => undefined }: { base: Model; suite: Suite; onStage?: (stage: string) => void },
): PartContext {
  return { base, suite, grid: convergentGrid(study.suite), onStage, ...partFiles(study, model) };
}
