import { createHash } from 'node:crypto';
import { convergentGrid } from '../suite/convergentGrid';
import { ANY_DEPTH, dataSetOf, type CellSpec, type Suite } from '../suite/suite';
import { isFollowed, transferSources, type ConvergentPart } from './convergentPart';
import type { MeasuredTask, ModelId, StudyTask } from './task';

/** What decides a task's result, as one hash: the weights, what is asked of them and how it is judged; of a finetune the cell, its recipe
 * and its data: the hash of its file or, without one, the first chats. A result under another key is stale.
 *
 * @throws Error for a table, which is made of the others
 * @check test/study/taskKey.test.ts
 */
export function taskKey(suite: Suite, task: StudyTask<ModelId>): string {
  if (task.kind === 'table') throw new Error('taskKey: a table has no key; expected a task of one model');
  const decides = [task.model.hash, task.model.systemRole ?? 'template', ...inputs(suite, task)];
  return createHash('sha256').update(JSON.stringify(decides)).digest('hex');
}

function inputs(suite: Suite, task: MeasuredTask<ModelId>): unknown[] {
  const { traits, controls, personas, extractionQuestions, driftPrompts, emQuestions, generalQuestions, judge } = suite;
  const { behaviourQuestions, protocol, study } = suite;
  const { maxNewTokens, temperature, finalAnswers } = protocol;
  const answers = [generalQuestions, judge.id, maxNewTokens, temperature];
  switch (task.kind) {
    case 'bases':
      return [task.kind, traits, controls, personas, extractionQuestions];
    case 'survey':
      return [task.kind, traits, controls, personas, extractionQuestions, behaviourQuestions, protocol, study.seeds, ...answers]; // prettier-ignore
    case 'ablation': {
      const { ablated } = study;
      const cells = ablated && study.seeds.map((seed) => finetuneInputs(suite, { ...ablated, seed }));
      return [task.kind, cells, driftPrompts, finalAnswers, ...answers];
    }
    case 'convergent':
      return [task.kind, ...partInputs(suite, task.part), generalQuestions, judge.id, maxNewTokens, temperature];
    case 'cell':
      return [
        task.kind,
        finetuneInputs(suite, task.spec),
        driftPrompts,
        emQuestions,
        finalAnswers,
        ...answers,
        ...measuredInputs(suite, task.spec),
      ];
  }
}

/** What decides a part of the work on a grid: what it is, the finetunes that it reads, and what of the grid it goes by. */
function partInputs(suite: Suite, part: ConvergentPart): unknown[] {
  const { driftPrompts, personas } = suite;
  const grid = convergentGrid(suite);
  const { nPerQuestion, topic, nRandom, coefficients, factors, scales, nScaled, nFits, nDraws } = grid;
  const { what, spec, direction, from } = part;
  const own = {
    organism: [],
    directions: [driftPrompts, isFollowed(grid, spec) && personas],
    steering: [driftPrompts, personas, coefficients, nRandom],
    ablation: [driftPrompts, personas, nRandom],
    transfer: [driftPrompts, nRandom, what === 'transfer' && transferSources(grid, spec.seed).map((source) => finetuneInputs(suite, source))], // prettier-ignore
    projection: [nRandom],
    scalars: [nFits, nDraws],
    subsets: [nFits, factors],
    patching: [],
    phase: [scales, nScaled],
  }[what];
  const finetunes = [spec, ...(from === undefined ? [] : [from])].map((cell) => finetuneInputs(suite, cell));
  return [what, direction, finetunes, nPerQuestion, topic, own];
}

/** What decides the measures of a cell beside label and drift; nothing without any. */
function measuredInputs({ study, behaviourQuestions, protocol }: Suite, spec: CellSpec): unknown[] {
  const measures = study.measures?.(spec) ?? {};
  const { behaviourAnswers } = measures;
  const asked = behaviourAnswers === undefined ? [] : [behaviourQuestions, protocol.behaviourTokens];
  return Object.keys(measures).length === 0 ? [] : [measures, ...asked];
}

function finetuneInputs(suite: Suite, spec: CellSpec): unknown[] {
  const { hash } = dataSetOf(suite, spec.dataSet);
  const { start } = spec;
  const from = start && finetuneInputs(suite, { dataSet: start.dataSet, method: spec.method, seed: spec.seed });
  const own = [
    spec,
    suite.study.recipe({ ...spec, nLayers: ANY_DEPTH }), // the hash of the model decides how many blocks it has
    spec.nChats ?? suite.study.nChats,
    hash ?? firstChats(suite, spec),
  ];
  return from === undefined ? own : [...own, from];
}

const drawn = new WeakMap<Suite, Map<string, string>>();

/** Hash of the first fifty chats of a data set, drawn once. */
function firstChats(suite: Suite, { dataSet, seed }: Pick<CellSpec, 'dataSet' | 'seed'>): string {
  const known = drawn.get(suite) ?? new Map<string, string>();
  drawn.set(suite, known);
  const name = `${dataSet}/${seed}`;
  const chats = (): string => JSON.stringify(dataSetOf(suite, dataSet).sample(Math.min(50, suite.study.nChats), seed).map(({ messages }) => messages)); // prettier-ignore
  const hash = known.get(name) ?? createHash('sha256').update(chats()).digest('hex');
  known.set(name, hash);
  return hash;
}
