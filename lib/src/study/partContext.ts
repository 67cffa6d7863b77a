import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { answerQuestions, type JudgedAnswer } from '../judge/answerQuestions';
import type { Judge } from '../judge/judgement';
import type { Model } from '../subject/model';
import type { ConvergentGrid, Suite } from '../suite/suite';
import type { TopicJudge } from '../judge/answerBands';
import { partName, type ConvergentPart } from './convergentPart';
import type { Ask } from './variantOutcomes';

/** What a part of the work on a grid is done with. */
export interface PartContext {
  /** The model before any finetune. */
  readonly base: Model;
  readonly suite: Suite;
  readonly grid: ConvergentGrid;
  /** Folder of the model's parts; what can be made again lies in `work` inside. */
  readonly dir: string;
  /** The key of a part: what decides its result. */
  readonly keyOf: (part: ConvergentPart) => string;
  /** Told what a part is at. */
  readonly onStage: (stage: string) => void;
}

/** Asks the general questions, as many times as the grid says, of each model it is given. */
export function askOf({ suite, grid }: Pick<PartContext, 'suite' | 'grid'>, seed: number): Ask {
  const { generalQuestions, protocol } = suite;
  const { maxNewTokens, temperature, batchSize } = protocol;
  const options = { judge: gradedJudgeOf(suite), nPerQuestion: grid.nPerQuestion, seed, maxNewTokens, temperature, batchSize }; // prettier-ignore
  return (model): Promise<JudgedAnswer[]> => answerQuestions(model, generalQuestions, options);
}

/** The suite's judge with grades of coherence, where it has one. */
export function gradedJudgeOf({ judge }: Pick<Suite, 'judge'>): Judge {
  return judge.graded ?? judge.answer;
}

/** The judge of the grid's topic by its name; none without a topic. */
export function topicJudges({ suite, grid }: Pick<PartContext, 'suite' | 'grid'>): Record<string, TopicJudge> {
  return grid.topic === undefined ? {} : { [grid.topic]: suite.judge.topic(grid.topic) };
}

/** The record of a part that others go by.
 *
 * @param where  function and what it expects, for messages
 * @throws Error if it is not there or is stale
 */
export function recordOf<R>(
  { dir, keyOf }: Pick<PartContext, 'dir' | 'keyOf'>,
  part: ConvergentPart,
  { where, what }: { readonly where: string; readonly what: string },
): R {
  const path = join(dir, `${partName(part)}.json`);
  const record = fileExists(path) ? (readJson(where, path) as R & { key?: string }) : undefined;
  if (record?.key !== keyOf(part)) throw new Error(`${where}: ${path}; expected the ${what}, whose task comes first`);
  return record;
}

/** The file in which the points of a part are kept until it is done. */
export function pointsFile(
  { dir, keyOf }: Pick<PartContext, 'dir' | 'keyOf'>,
  part: ConvergentPart,
): { readonly path: string; readonly key: string } {
  return { path: join(dir, 'work', `${partName(part)}.jsonl`), key: keyOf(part) };
}
