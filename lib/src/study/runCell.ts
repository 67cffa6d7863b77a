import { answerQuestions } from '../judge/answerQuestions';
import { labelOf } from '../judge/judgement';
import { driftResiduals } from '../measure/driftResiduals';
import { askedTraits, traitBehaviour } from '../measure/traitBehaviour';
import { updateNorms } from '../measure/updateNorms';
import type { FileQuestion } from '../prompts/fileQuestion';
import { rng } from '../random/rng';
import type { CellRecord, CheckpointRecord, KindShifts, Residuals } from '../records/cellRecord';
import { countCodes, labelCode } from '../records/labelCode';
import { norm } from '../stats/dot';
import { mean } from '../stats/mean';
import { meanRows } from '../stats/meanRows';
import { significant } from '../stats/significant';
import type { Model } from '../subject/model';
import { residPostSites } from '../subject/residPostSites';
import { dataSetOf, type CellSpec, type Suite } from '../suite/suite';
import { finetune } from '../train/finetune';
import { startFrom } from './startFrom';

export interface RunCellOptions {
  /** What the record calls the model. */
  name: string;
  /** What computes. */
  backend: string;
  /** Told what the cell is at. */
  onStage?: (stage: string) => void;
  signal?: AbortSignal;
}

/** Runs one cell: finetunes, and at every checkpoint asks the EM questions and measures the residuals of the drift prompts at all layers, and
 * what else the suite measures along such a cell.
 *
 * The result depends on the model, the suite and the cell alone.
 *
 * @source arXiv 2606.07631, section 3 (recipe, checkpoints, drift) and the appendix on the label
 */
export async function runCell(
  model: Model,
  suite: Suite,
  spec: CellSpec,
  options: RunCellOptions,
): Promise<CellRecord> {
  if (spec.start === undefined) return runFrom(model, { suite, spec }, options);
  const start = await startFrom(model, suite, spec, options);
  try {
    return await runFrom(start.model, { suite, spec }, options);
  } finally {
    start.dispose();
  }
}

/** Runs a cell from the model at its start. */
async function runFrom(
  model: Model,
  { suite, spec }: { readonly suite: Suite; readonly spec: CellSpec },
  { name, backend, onStage, signal }: RunCellOptions,
): Promise<CellRecord> {
  const { protocol, judge, study, emQuestions, generalQuestions } = suite;
  const { recipe, ...limits } = study.recipe({ ...spec, nLayers: model.config.nLayers });
  const { secondAnswers = 0, behaviourAnswers = 0, kinds = false } = study.measures?.(spec) ?? {};
  const { maxNewTokens, temperature, batchSize } = protocol;
  const ask = async (
    tuned: Model,
    questions: readonly FileQuestion[],
    { n, seed = spec.seed }: { n: number; seed?: number },
  ): Promise<string> => {
    const options = { nPerQuestion: n, seed, maxNewTokens, temperature, batchSize, signal };
    const answers = await answerQuestions(tuned, questions, { judge: judge.answer, ...options });
    return labelCode(answers.map(labelOf));
  };
  // Draws of their own at every checkpoint: what the second label misses is then independent of the first, and of its neighbours.
  const seedOf = (what: string, step: number): number =>
    rng(spec.seed)
      .split(`${what}/${step}`)
      .int(2 ** 31);
  const traits = behaviourAnswers > 0 ? askedTraits(suite) : [];
  const behaviour = async (tuned: Model, step: number): Promise<Record<string, number>> => {
    const asked = { traits, nPerQuestion: behaviourAnswers, batchSize, seed: seedOf('behaviour', step), signal };
    const scores = await traitBehaviour(tuned, suite, asked);
    return Object.fromEntries(scores.map(({ trait, lean }) => [trait, significant(lean, 7)]));
  };
  const beside = async (tuned: Model, step: number): Promise<Pick<CheckpointRecord, 'second' | 'behaviour'>> => ({
    ...(secondAnswers > 0 && {
      second: await ask(tuned, emQuestions, { n: secondAnswers, seed: seedOf('second', step) }),
    }),
    ...(traits.length > 0 && { behaviour: await behaviour(tuned, step) }),
  });
  const before = spec.start && (await ask(model, emQuestions, { n: 1 }));
  const nChats = spec.nChats ?? study.nChats;
  const sites = residPostSites(model.config);
  const base = await driftResiduals(model, suite, sites);
  let moved = base;
  const states: Float64Array[][] = [base.map((rows) => meanRows(rows))];
  const checkpoints: CheckpointRecord[] = [];
  const norms: Record<string, number>[] = [];
  let last = { loss: NaN, gradNorm: NaN, steps: 0 };
  const tuned = await finetune(model, dataSetOf(suite, spec.dataSet).sample(nChats, spec.seed), {
    recipe,
    ...limits,
    signal,
    onStep: ({ loss, gradNorm, steps }) => {
      last = { loss, gradNorm, steps };
    },
    onCheckpoint: async (step, checkpoint) => {
      const em = await ask(checkpoint, emQuestions, { n: 1 });
      onStage?.(`step ${step} of ${last.steps}, ${countCodes(em).misaligned} of ${em.length} misaligned`);
      moved = await driftResiduals(checkpoint, suite, sites);
      states.push(moved.map((rows) => meanRows(rows)));
      const { loss, gradNorm } = last;
      norms.push(updateNorms(model, checkpoint));
      checkpoints.push({
        step,
        loss: significant(loss, 7),
        gradNorm: significant(gradNorm, 7),
        em,
        ...(await beside(checkpoint, step)),
      });
    },
  });
  try {
    signal?.throwIfAborted();
    const final = await ask(tuned, generalQuestions, { n: protocol.finalAnswers });
    return {
      spec,
      model: name,
      modelHash: model.hash,
      suite: suite.name,
      recipe: { ...recipe, ...limits, nChats },
      backend,
      checkpoints,
      ...(before !== undefined && { before }),
      final,
      residuals: packed(states, base),
      updates: { weights: Object.keys(norms[0]), norms: Float32Array.from(norms.flatMap((row) => Object.values(row))) },
      ...(kinds && { kinds: kindShifts(suite, base, moved) }),
    };
  } finally {
    tuned.dispose();
  }
}

/** Mean change over the prompts of each kind, at every layer. */
function kindShifts(
  { driftPrompts }: Suite,
  before: readonly Float32Array[][],
  after: readonly Float32Array[][],
): KindShifts {
  const names = [...new Set(driftPrompts.map(({ kind }) => kind ?? 'other'))];
  const shifts = names.flatMap((name) => {
    const isOf = (_: unknown, i: number): boolean => (driftPrompts[i].kind ?? 'other') === name;
    return after.flatMap((rows, layer) => {
      const [from, to] = [meanRows(before[layer].filter(isOf)), meanRows(rows.filter(isOf))];
      return Array.from(to, (v, i) => v - from[i]);
    });
  });
  return { names, shifts: Float32Array.from(shifts) };
}

function packed(states: readonly Float64Array[][], base: readonly Float32Array[][]): Residuals {
  const [nLayers, dModel] = [base.length, base[0][0].length];
  const means = new Float32Array(states.length * nLayers * dModel);
  states.forEach((layers, s) => layers.forEach((row, layer) => means.set(row, (s * nLayers + layer) * dModel)));
  return { nLayers, dModel, means, norms: Float32Array.from(base, (rows) => mean(rows.map((row) => norm(row)))) };
}
