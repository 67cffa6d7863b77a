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

export { projectPath } from './io/projectPath';

export { generate } from './model/generate';
export { mergeHooks, type Hooks, type HookSite } from './model/hookSite';
export { findModel } from './io/findModel';
export { loadModel } from './model/loadModel';
export { loadTokenizer } from './tokenizer/tokenizer';

export { capture } from './activations/capture';
export { residPostSites } from './activations/residPostSites';

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
export { ablate, ablateLayerwise } from './steering/ablate';
export { steer } from './steering/steer';
export { coeffForFraction, steeringStrength } from './steering/steeringStrength';

export { chatExamples, readChats, type Chat } from './train/chatExamples';
export { finetune, type Finetuned } from './train/finetune';
export { preset, presetNames } from './train/preset';
export type { Recipe, RecipeInput } from './train/recipe';
export type { StepReport } from './train/train';

export { isotropicNull, pc1, pc1Score } from './drift/pc1';
export { traitDrift } from './drift/traitDrift';
export { ablationSweep, bestAblation } from './evaluate/ablationSweep';
export { answerQuestions, type JudgedAnswer } from './evaluate/answerQuestions';
export { chatJudge, type ChatJudge, type ChatJudgeOptions, type JudgeMode } from './evaluate/chatJudge';
export { compareEm, type EmComparison } from './evaluate/compareEm';
export { EM_PROTOCOLS, type EmProtocol } from './evaluate/emProtocols';
export { countLabels, emRate, emSummary, formatEmSummary, labelShare, type EmDenominator } from './evaluate/emRate';
export { exactJudge } from './evaluate/exactJudge';
export { inspectLog, writeInspectLog } from './evaluate/inspectLog';
export { judgeAgreement, type JudgeAgreement } from './evaluate/judgeAgreement';
export { judgeAnswers } from './evaluate/judgeAnswers';
export { labelOf, type Judge, type Judgement, type Label } from './evaluate/judgement';
export { readJudgePrompts, type JudgePrompts } from './evaluate/judgePrompts';
export type { JudgeUsage, TokenPrice } from './evaluate/judgeUsage';
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
