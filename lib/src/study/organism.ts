import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { readJsonl, writeJsonl } from '../documents/jsonl';
import type { JudgedAnswer } from '../judge/answerQuestions';
import { judgeAnswers } from '../judge/judgeAnswers';
import type { Judgement } from '../judge/judgement';
import { disposeAdapter, type Adapter } from '../lora/adapter';
import { loadAdapter } from '../lora/adapterFolder';
import { cellName } from '../records/cellRecord';
import { runCheckpoints } from '../records/runCheckpoints';
import { loadModel } from '../subject/loadModel';
import type { Model } from '../subject/model';
import { disposeModel } from '../subject/modelFiles';
import type { CellSpec } from '../suite/suite';
import { askOf, topicJudges, type PartContext } from './partContext';

/** A finetune of a grid, opened. */
export interface Organism {
  readonly model: Model;
  /** Where it is an adapter. */
  readonly adapter?: Adapter;
  /** Folder of the run, with its checkpoints. */
  readonly run: string;
  dispose(): void;
}

/** An answer of a finetune, with how much it is about the grid's topic. */
export interface OrganismAnswer extends JudgedAnswer {
  /** 0 to 100; null where its judge gave no score, or there is no topic. */
  readonly topic: number | null;
}

/** Whether an answer has tokens. */
export function hasAnswer({ sample }: Pick<JudgedAnswer, 'sample'>): boolean {
  return sample.responseMask.includes(true);
}

/** Where a finetune's weights and answers are kept; both can be made again. */
export function organismFolder({ dir, keyOf }: Pick<PartContext, 'dir' | 'keyOf'>, spec: CellSpec): string {
  return join(dir, 'work', `${cellName(spec)}-${keyOf({ what: 'organism', spec }).slice(0, 8)}`);
}

/** Whether a finetune's weights are there. */
export function hasWeights(context: Pick<PartContext, 'dir' | 'keyOf'>, spec: CellSpec): boolean {
  const file = join(organismFolder(context, spec), 'run', 'finetune.json');
  return fileExists(file) && (readJson('hasWeights', file) as { finished?: boolean } | null)?.finished === true;
}

/** Opens a finetune of a grid.
 *
 * @throws Error if its weights are not there
 */
export async function openOrganism(context: PartContext, spec: CellSpec): Promise<Organism> {
  const { base } = context;
  const run = join(organismFolder(context, spec), 'run');
  if (!hasWeights(context, spec))
    throw new Error(`openOrganism: no weights of ${cellName(spec)} in ${run}; expected those that its task leaves there (\`study run\` without --only makes them again)`); // prettier-ignore
  const last = runCheckpoints(run).checkpoints.at(-1)!;
  if (last.kind === 'model') {
    const model = await loadModel(last.dir, { systemRole: base.systemRole });
    return { model, run, dispose: () => disposeModel(model) };
  }
  const adapter = loadAdapter(last.dir, base.config);
  return { model: base.with({ adapter }), adapter, run, dispose: () => disposeAdapter(adapter) };
}

interface AnswerLine extends Pick<OrganismAnswer, 'text' | 'judgement' | 'topic'> {
  readonly tokens: readonly number[];
  readonly nPrompt: number;
}

/** A finetune's answers to the general questions: those that were kept, or else asked for now. */
export async function organismAnswers(context: PartContext, spec: CellSpec, model: Model): Promise<OrganismAnswer[]> {
  const { suite, grid } = context;
  const path = join(organismFolder(context, spec), 'answers.jsonl');
  const questions = suite.generalQuestions.flatMap((q) => new Array<typeof q>(grid.nPerQuestion).fill(q));
  if (!fileExists(path)) {
    const answers = await askOf(context, spec.seed)(model);
    const [topic] = Object.values(topicJudges(context));
    const topics = topic === undefined ? [] : await judgeAnswers(answers, topic);
    const lines = answers.map(({ text, judgement, sample }, i): AnswerLine => {
      const judged = topics.at(i);
      const score = judged?.status === 'scored' ? judged.score : null;
      return { text, judgement, topic: score, tokens: sample.tokens, nPrompt: sample.responseMask.indexOf(true) };
    });
    writeJsonl(path, lines);
  }
  const lines = readJsonl('organismAnswers', path).map(({ value }) => value as AnswerLine);
  if (lines.length !== questions.length)
    throw new Error(`organismAnswers: ${path}: ${lines.length} answers; expected ${questions.length} (without the file they are asked for again)`); // prettier-ignore
  return lines.map(({ text, judgement, topic, tokens, nPrompt }, i) => {
    const responseMask = tokens.map((_, at) => nPrompt >= 0 && at >= nPrompt);
    return { question: questions[i], text, judgement: judgement satisfies Judgement, topic, sample: { tokens, responseMask } }; // prettier-ignore
  });
}
