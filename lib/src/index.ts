/// <reference lib="es2023" preserve="true" />
// The public names: what a notebook imports from "traitlab". One block a folder, along the way of the data; everything else is a deep import,
// as `traitlab/lora/sumDeltas`. The line above gives notebook cells the ES2023 library (findLast and friends).

export { initBackend } from './backend/initBackend';

export { attentionPatterns } from './subject/attentionPatterns';
export { capture } from './subject/capture';
export type { Prompt } from './subject/encodePrompts';
export { generate } from './subject/generate';
export { loadModel } from './subject/loadModel';
export { logitLens } from './subject/logitLens';
export { Model } from './subject/model';
export { disposeModel } from './subject/modelFiles';
export { nextTokens } from './subject/nextTokens';
export { residPostSites } from './subject/residPostSites';
export { tokenProjections } from './subject/tokenProjections';
export { forward } from './model/forward';
export { loadTokenizer } from './tokenizer/tokenizer';
export type { Hooks, HookSite } from './model/hookSite';
export { adapterDeltas } from './lora/adapterDeltas';
export { loadAdapter, saveAdapter } from './lora/adapterFolder';

export { openSuite } from './micro/openSuite';
export { dataSetOf, type Suite } from './suite/suite';
export type { Question } from './prompts/question';
export { readQuestions } from './prompts/readQuestions';
export { readTraits } from './prompts/readTraits';

export { answerQuestions, type JudgedAnswer } from './judge/answerQuestions';
export { chatJudge } from './judge/chatJudge';
export { compareEm } from './judge/compareEm';
export { EM_PROTOCOLS } from './judge/emProtocols';
export { emRate, emSummary, formatEmSummary, labelShare } from './judge/emRate';
export { judgeAgreement } from './judge/judgeAgreement';
export { labelOf, type Judge, type Label } from './judge/judgement';

export { finetune } from './train/finetune';
export { FinetunedModel } from './train/finetunedModel';
export { readChats, type Chat } from './train/chatExamples';
export { preset } from './train/preset';

export { ablate, ablateLayerwise } from './directions/ablate';
export { contrast } from './directions/contrast';
export { Direction } from './directions/direction';
export { driftVector } from './directions/driftVector';
export { randomVector } from './directions/randomVector';
export { responseDifference } from './directions/responseDifference';
export { steer } from './directions/steer';
export { coeffForFraction, steeringStrength } from './directions/steeringStrength';
export { traitDirections, traitStability } from './directions/traitDirections';
export { loadVector, saveVector } from './directions/vectorFile';

export { ablationSweep, bestAblation } from './measure/ablationSweep';
export { driftProfile } from './measure/driftProfile';
export { layerChoice } from './measure/layerChoice';
export { onOffRatio } from './measure/onOffRatio';
export { isotropicNull, nativeNull, pc1, pc1Score } from './measure/pc1';
export { pc1Stability } from './measure/pc1Stability';
export { shuffledPromptSets } from './measure/promptEffects';
export { traitBehaviour } from './measure/traitBehaviour';
export { traitDrift } from './measure/traitDrift';
export { whiten } from './measure/whiten';
export { cellDrift } from './records/cellDrift';
export { readCell } from './records/cellFile';
export { emLabel } from './records/cellRates';
export { lastCheckpoint } from './records/lastCheckpoint';
export { measuredFrom } from './records/measuredFrom';
export { alarmMetrics, thresholdSweep } from './monitor/alarmMetrics';
export { alarmReport, type AlarmReport } from './monitor/alarmReport';
export { anchorFolds } from './monitor/anchorFolds';
export { bestThreshold } from './monitor/bestThreshold';
export { checkpointRows, finalRows, groupRows, rowsOfRole, type CheckpointRow } from './monitor/checkpointRows';
export { fitClassifier } from './monitor/classifier';
export { readCostFile } from './monitor/costFile';
export { earlyWarning, summariseWarnings } from './monitor/earlyWarning';
export { FEATURE_SETS, featureSet, RANDOM_SEEDS } from './monitor/features';
export { fitMonitor } from './monitor/fitMonitor';
export { fitStepAware } from './monitor/fitStepAware';
export { headlineTable } from './monitor/headlineTable';
export { intervalCoverage, leftOutCoverage } from './monitor/intervalCoverage';
export { leaveModelsOut } from './monitor/leaveModelsOut';
export { leavePerturbationOut, leftOutMetrics, leftOutTable, rankRegressors } from './monitor/leavePerturbationOut';
export { leaveRunsOut } from './monitor/leaveRunsOut';
export type { MonitorSource } from './monitor/measuredCheckpoint';
export { metricIntervals } from './monitor/metricIntervals';
export { metricText } from './monitor/metricText';
export { noiseCeiling } from './monitor/noiseCeiling';
export { outcomes } from './monitor/outcomes';
export { predictionInterval, residualsOf } from './monitor/predictionInterval';
export { REGRESSORS } from './monitor/regressors';
export { reliability } from './monitor/reliability';
export { shuffleRunLabels } from './monitor/shuffleRunLabels';
export { eliminateTraits, scoreSubsets, subsetsOf } from './monitor/traitCount';
export { cellShift } from './records/cellShift';
export { calibrationPc1 } from './study/calibrationPc1';
export { driftReport, equalDriftPairs } from './study/driftReport';
export { openRecords, type ModelRecords } from './study/openRecords';
export { recordRows, type RecordRow } from './study/recordRows';
export { surveyedLayer } from './study/surveyedLayer';

export { rng } from './random/rng';
export { bootstrap } from './stats/bootstrap';
export { cosine, cosineMatrix } from './stats/cosine';
export { dot, norm } from './stats/dot';
export { groupMeans } from './stats/groupMeans';
export { mean } from './stats/mean';
export { meanBand } from './stats/meanBand';
export { pca } from './stats/pca';
export { formatProportion, proportion } from './stats/proportion';
export { quantile } from './stats/quantile';
export { regressOut } from './stats/regressOut';
export { runPermutation } from './stats/runPermutation';
export { spearman } from './stats/spearman';
export { spearmanMatrix } from './stats/spearmanMatrix';
export { toUnit } from './stats/toUnit';

export { bars } from './plot/bars';
export { heatmap } from './plot/heatmap';
export { lines } from './plot/lines';
export { panels } from './plot/panels';
export { scatter } from './plot/scatter';
export { check } from './notebook/check';
export { dataFrame } from './notebook/dataFrame';
export { interruptSignal } from './notebook/interruptSignal';
export { Progress } from './notebook/progress';
export { recordFrame } from './notebook/recordFrame';
export { show } from './notebook/show';
export { table } from './notebook/table';
