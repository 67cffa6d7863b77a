import { join } from 'node:path';
import { initBackend } from '../backend/initBackend';
import { readJson } from '../documents/readJson';
import { parseConfig } from '../model/parseConfig';
import { formatDuration } from '../notebook/formatDuration';
import { cellName } from '../records/cellRecord';
import { isDone } from '../study/result';
import { calibrationCells } from '../suite/calibrationCells';
import { dataSetOf, type Suite } from '../suite/suite';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { promptTokens } from '../prompts/question';
import { chatExamples } from '../train/chatExamples';
import { parseRecipe, stepsOf } from '../train/recipe';
import { finetuneJob } from './finetuneJob';
import { isStoredBf16 } from './isStoredBf16';
import { jobForecast, type Job } from './jobForecast';
import { measureSpeed } from './measureSpeed';
import { openStudy } from './openStudy';
import { parseOptions } from './parseOptions';

/** `traitlab monitor plan`: the calibration runs that a monitor of a model is fitted on, which of them are done, and what the others cost.
 *
 * A line each on standard output, tab-separated: run, state, steps, checkpoints, answers to judge, seconds. Nothing is loaded but
 * configuration and tokenizer; the speed of this machine is measured in some tenths of a second.
 */
export async function monitorPlan(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, { models: {}, suite: {}, out: {}, 'system-role': {} });
  const study = await openStudy(options);
  const { suite } = study;
  const specs = calibrationCells(suite);
  const sets = new Set(specs.map(({ dataSet }) => dataSet));
  if (sets.size < 2)
    throw new Error(
      `suite ${suite.name}: ${sets.size} data sets with role calibration; expected at least 2, one that misaligns and one that does not (data/suites/README.md says how they are declared)`,
    );
  const backend = await initBackend();
  console.log(['run', 'state', 'steps', 'checkpoints', 'answers', 'seconds'].join('\t'));
  let seconds = 0;
  let answers = 0;
  let open = 0;
  for (const model of study.models) {
    const configFile = join(model.dir, 'config.json');
    const config = parseConfig(readJson('monitor', configFile), configFile);
    const tokenizer = loadTokenizer(model.dir);
    const { systemRole } = model;
    const isBf16 = isStoredBf16(model.dir, config);
    const speed = await measureSpeed(config, { isBf16 });
    const lengths = (questions: Suite['driftPrompts']): number[] =>
      questions.map((question) => promptTokens(tokenizer, question, { systemRole }).length);
    const [em, drift] = [lengths(suite.emQuestions), lengths(suite.driftPrompts)];
    const time = (job: Job): number => jobForecast(config, isBf16, job, speed).seconds;
    const { maxNewTokens, finalAnswers } = suite.protocol;
    for (const spec of specs) {
      const { recipe: input, maxLength } = suite.study.recipe(spec);
      const recipe = parseRecipe(input);
      const chats = dataSetOf(suite, spec.dataSet).sample(suite.study.nChats, spec.seed);
      // A tenth of the chats tells their length well enough.
      const few = chats.filter((_, i) => i % Math.ceil(chats.length / 100) === 0);
      const examples = chatExamples(few, tokenizer, {
        lossOn: recipe.lossOn,
        maxLength,
        nCtx: config.nCtx,
        systemRole,
      });
      const steps = stepsOf(recipe, chats.length);
      const checkpoints = Math.ceil(steps / (recipe.saveEvery ?? steps));
      const job = finetuneJob(config, recipe, examples);
      const asked = checkpoints * em.length + finalAnswers * suite.generalQuestions.length;
      const isMeasured = isDone(study, { kind: 'cell', model, spec });
      const cost =
        time(job.kind === 'finetune' ? { ...job, steps } : job) +
        (asked / em.length) * time({ kind: 'generate', lengths: em, maxNewTokens }) +
        (checkpoints + 1) * time({ kind: 'activations', lengths: drift, keptPerToken: config.dModel * config.nLayers, isPooled: true, wantsLogits: false }); // prettier-ignore
      const row = [`${model.name}/${cellName(spec)}`, isMeasured ? 'done' : 'open', steps, checkpoints, asked];
      console.log([...row, Math.round(cost)].join('\t'));
      if (isMeasured) continue;
      open++;
      seconds += cost;
      answers += asked;
    }
  }
  const time = formatDuration(seconds);
  console.error(
    `monitor: ${open} calibration runs to do, about ${time} on one core of ${backend.name} (answers counted at full length), ${answers} answers to judge; \`npx traitlab study run\` does them, then \`monitor fit\``,
  );
  return 0;
}
