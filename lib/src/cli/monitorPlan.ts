import { initBackend } from '../backend/initBackend';
import { threadCount } from '../backend/threadCount';
import { formatDuration } from '../notebook/formatDuration';
import { isDone } from '../study/result';
import { taskName, type MeasuredTask } from '../study/task';
import { checkpointsOf } from '../study/taskWork';
import { monitorCells } from '../suite/monitorCells';
import { ANY_DEPTH } from '../suite/suite';
import { parseRecipe, stepsOf } from '../train/recipe';
import { openStudy } from './openStudy';
import { parseOptions } from './parseOptions';
import { TaskForecaster } from './taskForecast';

/** `traitlab monitor plan`: the calibration runs that a monitor of a model is fitted on, which of them are done, and what the others cost.
 *
 * A line each on standard output, tab-separated: run, state, steps, checkpoints, answers to judge, seconds. Nothing is loaded but
 * configuration and tokenizer; the speed of this machine is measured in some tenths of a second.
 */
export async function monitorPlan(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, { models: {}, suite: {}, out: {}, 'system-role': {} });
  const study = await openStudy(options);
  const { suite } = study;
  const specs = monitorCells(suite, ['calibration']);
  const sets = new Set(specs.map(({ dataSet }) => dataSet));
  if (sets.size < 2)
    throw new Error(
      `suite ${suite.name}: ${sets.size} data sets with role calibration; expected at least 2, one that misaligns and one that does not (data/suites/README.md says how they are declared)`,
    );
  const backend = await initBackend({ threads: threadCount(undefined, 1) }); // as a worker of the study
  const forecaster = new TaskForecaster(study);
  console.log(['run', 'state', 'steps', 'checkpoints', 'answers', 'seconds'].join('\t'));
  let [seconds, answers, open] = [0, 0, 0];
  for (const model of study.models) {
    for (const spec of specs) {
      const task: MeasuredTask = { kind: 'cell', model, spec };
      const cost = await forecaster.forecast(task);
      const isMeasured = isDone(study, task);
      const steps = stepsOf(
        parseRecipe(suite.study.recipe({ ...spec, nLayers: ANY_DEPTH }).recipe),
        suite.study.nChats,
      );
      const row = [taskName(task), isMeasured ? 'done' : 'open', steps, checkpointsOf(suite, spec), cost.answers];
      console.log([...row, Math.round(cost.seconds)].join('\t'));
      if (isMeasured) continue;
      open++;
      seconds += cost.seconds;
      answers += cost.answers;
    }
  }
  const time = formatDuration(seconds);
  console.error(
    `monitor: ${open} calibration runs to do, about ${time} on one core of ${backend.name} (answers as long as the suite says), ${answers} answers to judge; \`npx traitlab study run --for monitor\` does them, then \`monitor fit\``,
  );
  return 0;
}
