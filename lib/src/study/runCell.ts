import { answerQuestions } from '../judge/answerQuestions';
import { labelOf } from '../judge/judgement';
import { updateNorms } from '../measure/updateNorms';
import type { FileQuestion } from '../prompts/fileQuestion';
import type { CellRecord, CheckpointRecord, Residuals } from '../records/cellRecord';
import { countCodes, labelCode } from '../records/labelCode';
import { norm } from '../stats/dot';
import { mean } from '../stats/mean';
import { meanRows } from '../stats/meanRows';
import { capture } from '../subject/capture';
import type { Model } from '../subject/model';
import { residPostSites } from '../subject/residPostSites';
import { dataSetOf, type CellSpec, type Suite } from '../suite/suite';
import { finetune } from '../train/finetune';

export interface RunCellOptions {
  /** What the record calls the model. */
  name: string;
  /** What computes. */
  backend: string;
  /** Told what the cell is at. */
  onStage?: (stage: string) => void;
  signal?: AbortSignal;
}

/** Runs one cell: finetunes, and at every checkpoint asks the EM questions and measures the residuals of the drift prompts at all layers.
 *
 * The result depends on the model, the suite and the cell alone.
 *
 * @source arXiv 2606.07631, section 3 (recipe, checkpoints, drift) and the appendix on the label
 */
export async function runCell(
  model: Model,
  suite: Suite,
  spec: CellSpec,
  { name, backend, onStage, signal }: RunCellOptions,
): Promise<CellRecord> {
  const { protocol, judge, study, emQuestions, generalQuestions } = suite;
  const { recipe, ...limits } = study.recipe(spec);
  const ask = async (tuned: Model, questions: readonly FileQuestion[], nPerQuestion: number): Promise<string> => {
    const { maxNewTokens, temperature, batchSize } = protocol;
    const options = { nPerQuestion, seed: spec.seed, maxNewTokens, temperature, batchSize, signal };
    const answers = await answerQuestions(tuned, questions, { judge: judge.answer, ...options });
    return labelCode(answers.map(({ judgement }) => labelOf(judgement)));
  };
  const base = await driftResiduals(model, suite);
  const states: Float64Array[][] = [base.map((rows) => meanRows(rows))];
  const checkpoints: CheckpointRecord[] = [];
  const norms: Record<string, number>[] = [];
  let last = { loss: NaN, gradNorm: NaN, steps: 0 };
  const tuned = await finetune(model, dataSetOf(suite, spec.dataSet).sample(study.nChats, spec.seed), {
    recipe,
    ...limits,
    signal,
    onStep: ({ loss, gradNorm, steps }) => {
      last = { loss, gradNorm, steps };
    },
    onCheckpoint: async (step, checkpoint) => {
      const em = await ask(checkpoint, emQuestions, 1);
      onStage?.(`step ${step} of ${last.steps}, ${countCodes(em).misaligned} of ${em.length} misaligned`);
      states.push((await driftResiduals(checkpoint, suite)).map((rows) => meanRows(rows)));
      const { loss, gradNorm } = last;
      norms.push(updateNorms(model, checkpoint));
      checkpoints.push({ step, loss: seven(loss), gradNorm: seven(gradNorm), em });
    },
  });
  try {
    signal?.throwIfAborted();
    const final = await ask(tuned, generalQuestions, protocol.finalAnswers);
    return {
      spec,
      model: name,
      modelHash: model.hash,
      suite: suite.name,
      recipe: { ...recipe, ...limits, nChats: study.nChats },
      backend,
      checkpoints,
      final,
      residuals: packed(states, base),
      updates: { weights: Object.keys(norms[0]), norms: Float32Array.from(norms.flatMap((row) => Object.values(row))) },
    };
  } finally {
    tuned.dispose();
  }
}

/** [layer prompt dModel] residuals of the drift prompts' last token after every block. */
async function driftResiduals(model: Model, { driftPrompts, protocol }: Suite): Promise<readonly Float32Array[][]> {
  const sites = residPostSites(model.config);
  const rows = await capture(model, driftPrompts, { sites, positions: 'promptLast', batchSize: protocol.batchSize });
  return sites.map((site) => [...rows[site]]);
}

function packed(states: readonly Float64Array[][], base: readonly Float32Array[][]): Residuals {
  const [nLayers, dModel] = [base.length, base[0][0].length];
  const means = new Float32Array(states.length * nLayers * dModel);
  states.forEach((layers, s) => layers.forEach((row, layer) => means.set(row, (s * nLayers + layer) * dModel)));
  return { nLayers, dModel, means, norms: Float32Array.from(base, (rows) => mean(rows.map((row) => norm(row)))) };
}

/** Seven significant digits, as many as float32 has. */
const seven = (x: number): number => Number(x.toPrecision(7));
