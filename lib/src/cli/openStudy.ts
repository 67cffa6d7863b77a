import { resolve } from 'node:path';
import { projectPath } from '../disk/projectPath';
import { openSuite } from '../micro/openSuite';
import { ORGANISM_NAMES } from '../micro/organismName';
import { studyModels } from '../study/studyModel';
import type { Study } from '../study/task';
import { modelRoles } from './modelRoles';
import type { Options } from './parseOptions';

/** The study that options name: `--models` (default the four organisms), `--suite` (default micro), `--out` (default data/study for the
 * micro world, else study/SUITE in the working folder). Reads files alone. */
export async function openStudy(options: Options): Promise<Study> {
  const suite = await openSuite(options.optional('suite') ?? 'micro');
  const given = options.optional('models')?.split(',');
  if (given === undefined && suite.name !== 'micro')
    throw new Error(`missing option --models; expected checkpoints for the suite ${suite.name}`);
  const out =
    options.optional('out') ?? (suite.name === 'micro' ? projectPath('data/study') : resolve('study', suite.name));
  const rolesOf = (names: readonly string[]): ReturnType<typeof modelRoles> => modelRoles(options, names);
  return { suite, out, models: await studyModels({ out, rolesOf }, given ?? ORGANISM_NAMES) };
}
