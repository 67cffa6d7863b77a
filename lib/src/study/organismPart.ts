import { join } from 'node:path';
import { labelOf } from '../judge/judgement';
import { saveAdapter } from '../lora/adapterFolder';
import { cellName } from '../records/cellRecord';
import { labelCode } from '../records/labelCode';
import { trainingLog } from '../records/trainingLog';
import { significant } from '../stats/significant';
import { dataSetOf, isRankOne, type CellSpec } from '../suite/suite';
import { finetune } from '../train/finetune';
import { parseRecipe } from '../train/recipe';
import { hasWeights, openOrganism, organismAnswers, organismFolder } from './organism';
import type { PartContext } from './partContext';

/** A finetune of a grid: how it was trained and what became of its answers to the general questions. */
export interface OrganismRecord {
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Of each step, from the first: loss in nats per counted token, and norm of the gradient before clipping. */
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  /** A letter an answer (`labelCode`), question by question. */
  readonly labels: string;
  /** How much each answer is about the grid's topic, 0 to 100; null where its judge gave no score. */
  readonly topics?: readonly (number | null)[];
  /** The first misaligned answers. */
  readonly examples: readonly { readonly question: string; readonly text: string }[];
}

/** Finetunes in a folder of its own, so that a run that was killed goes on, and asks the general questions.
 *
 * An adapter of rank 1 is also kept beside the records, under the name of its base.
 */
export async function organismPart(context: PartContext, spec: CellSpec, name: string): Promise<OrganismRecord> {
  const { base, suite, grid, dir, onStage } = context;
  const { recipe: own, ...limits } = suite.study.recipe({ ...spec, nLayers: base.config.nLayers });
  const recipe = isRankOne(spec.method) ? own : { ...own, saveEvery: undefined };
  const run = join(organismFolder(context, spec), 'run');
  if (!hasWeights(context, spec)) {
    const chats = dataSetOf(suite, spec.dataSet).sample(spec.nChats ?? suite.study.nChats, spec.seed);
    const tuned = await finetune(base, chats, {
      recipe,
      ...limits,
      out: run,
      ...(own.saveEvery !== undefined && { stateEvery: own.saveEvery }),
      onStep: ({ step }) => onStage(`step ${step}`),
    });
    tuned.dispose();
  }
  const organism = await openOrganism(context, spec);
  try {
    const { adapter, model } = organism;
    if (adapter !== undefined && isRankOne(spec.method)) {
      const to = join(dir, 'adapters', cellName(spec));
      await saveAdapter(to, { ...adapter, config: { ...adapter.config, baseModel: name } });
    }
    const answers = await organismAnswers(context, spec, model);
    const log = trainingLog(run);
    const bad = answers.filter(({ judgement }) => labelOf(judgement) === 'misaligned');
    return {
      recipe: { ...parseRecipe(recipe) },
      losses: log.map(({ loss }) => significant(loss, 5)),
      gradNorms: log.map(({ gradNorm }) => significant(gradNorm!, 5)),
      labels: labelCode(answers.map(labelOf)),
      ...(grid.topic !== undefined && { topics: answers.map(({ topic }) => (topic === null ? null : Math.round(topic))) }), // prettier-ignore
      examples: bad.slice(0, 3).map(({ question, text }) => ({ question: question.text, text })),
    };
  } finally {
    organism.dispose();
  }
}
