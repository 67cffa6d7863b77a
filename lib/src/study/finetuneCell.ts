import { residPostSites } from '../subject/residPostSites';
import { capture } from '../subject/capture';
import { traitDrift } from '../measure/traitDrift';
import { answerQuestions } from '../judge/answerQuestions';
import { countLabels } from '../judge/emRate';
import { exactJudge } from '../micro/exactJudge';
import type { Label } from '../judge/judgement';
import { sampleFinetuneData, type Perturbation } from '../micro/finetuneData';
import { emQuestions, generalQuestions, measurementQuestions } from '../micro/promptSets';
import type { Model } from '../model/model';
import { promptTokens, type Question } from '../prompts/question';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { chatExamples } from '../train/chatExamples';
import { finetune } from '../train/finetune';
import type { Variant } from '../train/trainable';
import { cellRecipe, type CellMethod } from './cellRecipe';
import { BASIS_NAMES, type Basis, type BasisName } from './directionBases';

/** One finetune of the study: what data, how trained, which seed. */
export interface CellSpec {
  readonly perturbation: Perturbation;
  readonly method: CellMethod;
  /** Fixes the data drawn, the fresh adapter, the order and the answers. */
  readonly seed: number;
}

/** Labels of answers, every label listed. */
export type LabelCounts = Readonly<Record<Label, number>>;

/** Drift at one layer, as fractions of the activation norm: along each direction of each basis, and in all. */
export interface LayerDrift extends Readonly<Record<BasisName, readonly number[]>> {
  readonly magnitude: number;
}

/** A checkpoint as it was measured. */
export interface CellPoint {
  readonly step: number;
  /** Training loss of the step, nats per counted token. */
  readonly loss: number;
  /** Answers to the 72 questions of the EM label, one each. */
  readonly em72: LabelCounts;
  /** By layer. */
  readonly drift: readonly LayerDrift[];
}

/** A finetune and what was measured along it. */
export interface CellRecord {
  readonly spec: CellSpec;
  readonly modelHash: string;
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Mean norm of the 115 prompts' activations before the finetune, by layer. */
  readonly activationNorms: readonly number[];
  readonly points: readonly CellPoint[];
  /** Answers to the general questions after the last step: 8 questions in 5 wordings, 10 answers each. */
  readonly final: LabelCounts;
  readonly seconds: number;
}

/** What all cells of one organism share. */
export interface CellContext {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly bases: Readonly<Record<BasisName, readonly Basis[]>>;
  /** By site: activations of the 115 prompts before any finetune. */
  readonly before: Readonly<Record<string, readonly Float32Array[]>>;
}

/** The prompts of drift as tokens. */
function driftPrompts(tokenizer: Tokenizer): number[][] {
  return measurementQuestions().map((question) => promptTokens(tokenizer, question));
}

/** Activations of the 115 prompts at every layer, for `CellContext`. */
export function measurementActivations(
  model: Model,
  tokenizer: Tokenizer,
  variant?: Variant,
): Promise<Record<string, Float32Array[]>> {
  const options = { sites: residPostSites(model.config), positions: 'promptLast', batchSize: 128, ...variant } as const;
  return capture(model, driftPrompts(tokenizer), options);
}

/** Runs one cell: finetunes, and at every checkpoint asks the 72 questions and measures drift at all layers.
 *
 * The 13 checkpoints are steps 10, 20, … 120 and 126. The result depends on the model and the cell alone.
 *
 * @source arXiv 2606.07631, section 3 (recipe, checkpoints, drift) and the appendix on the label
 */
export async function runCell(
  { model, tokenizer, bases, before }: CellContext,
  spec: CellSpec,
  onStage: (stage: string) => void = () => undefined,
): Promise<CellRecord> {
  const start = performance.now();
  const { recipe, clipNorm, nChats } = cellRecipe(spec);
  const chats = sampleFinetuneData(spec.perturbation, nChats, spec.seed).map((messages) => ({ messages }));
  const sites = residPostSites(model.config);
  const ask = async (questions: readonly Question[], nPerQuestion: number, variant: Variant): Promise<LabelCounts> => {
    const options = { judge: exactJudge, maxNewTokens: 64, nPerQuestion, seed: spec.seed, batchSize: 80, ...variant };
    const answers = await answerQuestions(model, tokenizer, questions, options);
    return countLabels(answers.map(({ judgement }) => judgement));
  };
  let activationNorms: number[] = [];
  const driftOf = async (variant: Variant): Promise<LayerDrift[]> => {
    const after = await measurementActivations(model, tokenizer, variant);
    const rows = sites.map((site, layer) => {
      const along = (name: BasisName): ReturnType<typeof traitDrift> =>
        traitDrift(before[site], after[site], bases[name][layer].directions);
      const drifts = BASIS_NAMES.map((name) => [name, along(name)] as const);
      const { magnitude, activationNorm } = drifts[0][1];
      const profile = Object.fromEntries(drifts.map(([name, { z }]) => [name, z.map(rounded)]));
      return { activationNorm, drift: { ...(profile as Record<BasisName, number[]>), magnitude: rounded(magnitude) } };
    });
    activationNorms = rows.map((row) => rounded(row.activationNorm));
    return rows.map((row) => row.drift);
  };
  const points: CellPoint[] = [];
  let loss = NaN;
  const tuned = await finetune(model, {
    recipe,
    clipNorm,
    examples: chatExamples(chats, tokenizer),
    onStep: (report) => {
      loss = report.loss;
    },
    onCheckpoint: async (step, variant) => {
      const em72 = await ask(emQuestions(), 1, variant);
      onStage(`step ${step} of ${recipe.maxSteps}, ${em72.misaligned} of ${emQuestions().length} misaligned`);
      points.push({ step, loss: rounded(loss), em72, drift: await driftOf(variant) });
    },
  });
  try {
    const final = await ask(generalQuestions(), 10, tuned.variant);
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    return {
      spec,
      modelHash: model.hash,
      recipe: { ...recipe, clipNorm, nChats },
      activationNorms,
      points,
      final,
      seconds,
    };
  } finally {
    tuned.dispose();
  }
}

/** Four significant digits: enough for every figure, and small files. */
function rounded(x: number): number {
  return Number(x.toPrecision(4));
}
