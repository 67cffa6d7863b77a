import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import type { OrganismName } from '../micro/organismConfig';
import { loadModel } from '../model/loadModel';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { writeCell } from './cellFile';
import { directionBases } from './directionBases';
import { measurementActivations, runCell, type CellContext } from './finetuneCell';
import { organismAblation } from './organismAblation';
import { writeOrganismResult } from './organismResult';
import { organismSurvey } from './organismSurvey';
import type { StudyFolders, StudyTask } from './studyTask';

/** What a worker is told: a task and where its files lie. */
export interface StudyOrder {
  readonly task: StudyTask;
  readonly folders: StudyFolders;
}

/** What a worker says of the task it is at. */
export interface StudyStage {
  readonly stage: string;
}

/** What a worker says when a task is done, or why it failed. */
export interface StudyAnswer {
  readonly seconds: number;
  readonly error?: string;
}

const contexts = new Map<OrganismName, CellContext>();

/** What the cells of an organism share, made once in a process. */
async function contextOf(dir: string, organism: OrganismName): Promise<CellContext> {
  const known = contexts.get(organism);
  if (known !== undefined) return known;
  const model = await loadModel(dir);
  const tokenizer = loadTokenizer(dir);
  const bases = await directionBases(model, tokenizer);
  const before = await measurementActivations(model, tokenizer);
  const context = { model, tokenizer, bases, before };
  contexts.set(organism, context);
  return context;
}

async function work({ task, folders }: StudyOrder): Promise<void> {
  await initBackend();
  const out = join(folders.study, task.organism);
  const context = await contextOf(join(folders.organisms, task.organism), task.organism);
  const { model, tokenizer } = context;
  const onStage = (stage: string): void => void process.send?.({ stage } satisfies StudyStage);
  if (task.kind === 'cell') writeCell(out, await runCell(context, task.spec, onStage));
  else if (task.kind === 'survey')
    writeOrganismResult('survey', out, await organismSurvey(model, tokenizer, { onStage }));
  else writeOrganismResult('ablation', out, await organismAblation(model, tokenizer));
}

/** Child process of `runStudy`: one task at a time, each written to its file when it is done. */
process.on('message', (order: StudyOrder) => {
  const start = performance.now();
  const answer = (error?: string): void => {
    process.send?.({ seconds: (performance.now() - start) / 1000, error } satisfies StudyAnswer);
  };
  work(order).then(
    () => answer(),
    (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
  );
});
process.on('disconnect', () => process.exit());
