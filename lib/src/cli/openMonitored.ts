import type { BackendInfo } from '../backend/backendInfo';
import { openSuite } from '../micro/openSuite';
import type { CheckpointMonitor } from '../monitor/checkpointMonitor';
import { promptsHash } from '../monitor/measureRun';
import type { Model } from '../subject/model';
import type { Suite } from '../suite/suite';
import { systemRoles } from '../tokenizer/systemRole';
import { openModel } from './openModel';
import type { Options } from './parseOptions';

/** The base of a monitor and its suite, known to be those. */
export interface Monitored {
  readonly suite: Suite;
  readonly backend: BackendInfo;
  /** Loads the weights anew at each call. */
  readonly load: () => Promise<Model>;
}

/** Opens what a monitor is of, by `--model`, `--suite` and `--system-role`; nothing is loaded yet.
 *
 * @throws Error if suite, weights or the drift prompts as the model's template writes them are others than the monitor was fitted with
 */
export async function openMonitored(options: Options, monitor: CheckpointMonitor): Promise<Monitored> {
  const file = options.text('monitor');
  const suite = await openSuite(options.optional('suite') ?? monitor.suite.name);
  if (suite.hash !== monitor.suite.hash)
    throw new Error(
      `${file}: a monitor of suite ${monitor.suite.name} (${monitor.suite.hash.slice(0, 12)}); expected that of ${suite.name} (${suite.hash.slice(0, 12)})`,
    );
  const systemRole = options.oneOf('system-role', systemRoles, 'template');
  const { hash, tokenizer, load, backend } = await openModel(options);
  if (hash !== monitor.model.hash)
    throw new Error(
      `${options.text('model')}: weights ${hash.slice(0, 12)}; expected ${monitor.model.hash.slice(0, 12)}, the base of ${file} (${monitor.model.name})`,
    );
  if (promptsHash(tokenizer(), suite, systemRole) !== monitor.prompts)
    throw new Error(
      `${options.text('model')}: its tokenizer or chat template writes the drift prompts otherwise; expected those that ${file} was fitted with`,
    );
  return { suite, backend, load: async () => (await load()).with({ systemRole }) };
}
