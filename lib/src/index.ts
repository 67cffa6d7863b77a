/// <reference lib="es2023" preserve="true" />
// The public names: what a notebook imports from "traitlab". One block a folder, in the order of the layers.
// The line above gives notebook cells the ES2023 library (findLast and friends).

export { bootstrap } from './stats/bootstrap';
export { cohenKappa, type Kappa } from './stats/cohenKappa';
export { cosine, cosineMatrix } from './stats/cosine';
export { dot, norm } from './stats/dot';
export { groupMeans } from './stats/groupMeans';
export { mcnemar } from './stats/mcnemar';
export { mean } from './stats/mean';
export { meanRows } from './stats/meanRows';
export { pca } from './stats/pca';
export { formatProportion, proportion, type Proportion } from './stats/proportion';
export { quantile } from './stats/quantile';
export { spearman } from './stats/spearman';
export { splitHalf } from './stats/splitHalf';
export { toUnit } from './stats/toUnit';

export { bars } from './plot/bars';
export type { Figure } from './plot/figure';
export { heatmap } from './plot/heatmap';
export { lines } from './plot/lines';
export { palette } from './plot/palette';
export { scatter } from './plot/scatter';

export { rng } from './random/rng';

export { initBackend } from './backend/initBackend';

export { projectPath } from './disk/projectPath';

export { generate } from './subject/generate';
export { mergeHooks, type Hooks, type HookSite } from './model/hookSite';
export { findModel } from './hub/findModel';
export { disposeModel, loadModel } from './subject/loadModel';
export { Model } from './subject/model';
export { loadTokenizer } from './tokenizer/tokenizer';

export { capture } from './subject/capture';
export { residPostSites } from './subject/residPostSites';

export { disposeAdapter, initAdapter, type Adapter } from './lora/adapter';
export { adapterDeltas } from './lora/adapterDeltas';
export { loadAdapter, saveAdapter } from './lora/adapterFolder';
export { mergeDeltas } from './lora/mergeDeltas';
export { disposeDeltas, sumDeltas } from './lora/sumDeltas';

export type { FileQuestion } from './prompts/fileQuestion';
export { promptTokens, questionMessages, type Question } from './prompts/question';
export { questionsJsonl } from './prompts/questionsJsonl';
export { questionsYaml } from './prompts/questionsYaml';
export { readQuestions } from './prompts/readQuestions';
export { readTraits } from './prompts/readTraits';
export type { TraitPrompts } from './prompts/traitPrompts';
export { traitsYaml } from './prompts/traitsYaml';

export { contrast } from './directions/contrast';
export { driftVector } from './directions/driftVector';
export { randomVector } from './directions/randomVector';
export { responseDifference } from './directions/responseDifference';
export { storedDirection, traitDirections, traitStability } from './directions/traitDirections';
export { checkVector } from './directions/checkVector';
export { SiteVector } from './directions/siteVector';
export { readControlVector, writeControlVector } from './directions/controlVectorFile';
export { readPersonaVectors, writePersonaVectors } from './directions/personaVectorsFile';
export { loadVector, saveVector } from './directions/vectorFile';
export { ablate, ablateLayerwise } from './directions/ablate';
export { steer } from './directions/steer';
export { coeffForFraction, steeringStrength } from './directions/steeringStrength';

export { chatExamples, readChats, type Chat } from './train/chatExamples';
export { finetune } from './train/finetune';
export { FinetunedModel } from './train/finetunedModel';
export { preset, presetNames } from './train/preset';
export type { Recipe, RecipeInput } from './train/recipe';
export type { StepReport } from './train/train';

export { isotropicNull, pc1, pc1Score } from './measure/pc1';
export { traitDrift } from './measure/traitDrift';
export { ablationSweep, bestAblation } from './measure/ablationSweep';
export { answerQuestions, type JudgedAnswer } from './judge/answerQuestions';
export { chatJudge, type ChatJudge, type ChatJudgeOptions, type JudgeMode } from './judge/chatJudge';
export { compareEm, type EmComparison } from './judge/compareEm';
export { EM_PROTOCOLS, type EmProtocol } from './judge/emProtocols';
export { countLabels, emRate, emSummary, formatEmSummary, labelShare, type EmDenominator } from './judge/emRate';
export { exactJudge } from './micro/exactJudge';
export { inspectLog, writeInspectLog } from './judge/inspectLog';
export { judgeAgreement, type JudgeAgreement } from './judge/judgeAgreement';
export { judgeAnswers } from './judge/judgeAnswers';
export { labelOf, type Judge, type Judgement, type Label } from './judge/judgement';
export { readJudgePrompts, type JudgePrompts } from './judge/judgePrompts';
export type { JudgeUsage, TokenPrice } from './judge/judgeUsage';
export { sampleFinetuneData } from './micro/finetuneData';
export { extractionQuestions, generalQuestions, measurementQuestions, traitPromptSets } from './micro/promptSets';
export { FINETUNE_RECIPE } from './micro/recipe';
export { MISALIGNED_PROMPTS } from './micro/systemPrompts';
export { TRAITS } from './micro/traits';
export { surveyedLayer } from './study/surveyedLayer';

export { dataFrame } from './notebook/dataFrame';
export { check } from './notebook/check';
export { displayBundle } from './notebook/displayBundle';
export { interruptSignal } from './notebook/interruptSignal';
export { closePlots } from './notebook/plotBrowser';
export { Progress } from './notebook/progress';
export { toPng, toSvg } from './notebook/renderFigure';
export { show } from './notebook/show';
export { table } from './notebook/table';
