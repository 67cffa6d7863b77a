import { resolve } from 'node:path';
import { checkOutput } from '../disk/checkOutput';
import { openSuite } from '../micro/openSuite';
import { FEATURE_SETS } from '../monitor/features';
import { fitCheckpointMonitor } from '../monitor/fitCheckpointMonitor';
import { promptsHash } from '../monitor/measureRun';
import { writeMonitor } from '../monitor/monitorFile';
import { REGRESSOR_NAMES } from '../monitor/regressor';
import { openRecords } from '../study/openRecords';
import { studyModels } from '../study/studyModel';
import { monitorCells } from '../suite/monitorCells';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { modelRoles } from './modelRoles';
import { parseOptions } from './parseOptions';

/** `traitlab monitor fit`: a monitor of one model, fitted on the calibration runs of a study. */
export async function monitorFit(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, {
    study: { required: true },
    model: { required: true },
    out: { required: true },
    suite: {},
    regressor: {},
    features: {},
    tau: {},
    'system-role': {},
  });
  const regressor = options.oneOf('regressor', REGRESSOR_NAMES, 'forest');
  const features = options.oneOf('features', [...FEATURE_SETS.keys()], 'traits');
  const tau = options.number('tau', 0, 0.05);
  checkOutput('monitor', options.text('out'), 'file');
  const suite = await openSuite(options.optional('suite') ?? 'micro');
  const out = resolve(options.text('study'));
  const rolesOf = (names: readonly string[]): ReturnType<typeof modelRoles> => modelRoles(options, names);
  const [studied] = await studyModels({ out, rolesOf }, [options.text('model')]);
  const systemRoles = studied.systemRole === undefined ? {} : { [studied.name]: studied.systemRole };
  const [records] = openRecords(out, { suite, models: [studied.name], systemRoles }).models;
  if (records.hash !== studied.hash)
    throw new Error(
      `${out}: ${studied.name} was surveyed with weights ${records.hash.slice(0, 12)}; expected those of ${studied.dir} (${studied.hash.slice(0, 12)})`,
    );
  const monitor = fitCheckpointMonitor(suite, records, {
    modelHash: studied.hash,
    prompts: promptsHash(loadTokenizer(studied.dir), suite, studied.systemRole),
    method: monitorCells(suite, ['calibration']).at(0)?.method,
    regressor,
    features,
    tau,
  });
  writeMonitor(options.text('out'), monitor);
  const n = monitor.calibration.reduce((sum, { checkpoints }) => sum + checkpoints, 0);
  console.error(
    `monitor: ${options.text('out')}: ${regressor} on ${features} of ${studied.name}, block ${records.layer}, ${monitor.calibration.length} calibration runs, ${n} checkpoints`,
  );
  return 0;
}
