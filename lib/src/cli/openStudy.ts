import { resolve } from 'node:path';
import { projectPath } from '../disk/projectPath';
import { openSuite } from '../micro/openSuite';
import { convergentGrid } from '../suite/convergentGrid';
import { isLarge, LARGE_ORGANISM_NAMES, ORGANISM_NAMES } from '../micro/organismName';
import { studyModels } from '../study/studyModel';
import type { Study, StudyModel } from '../study/task';
import { modelRoles } from './modelRoles';
import type { Options } from './parseOptions';

/** The study that options name: `--models` (default the four organisms), `--suite` (default micro), `--out` (default data/study for the
 * micro world, else study/SUITE in the working folder). Reads files alone.
 *
 * `--for monitor`: of the models only what their monitor needs. `--for convergent`: their directions and adapters (`convergentParts`) and nothing else. `--all`: the four organisms, and of the larger ones what theirs need.
 */
export async function openStudy(options: Options): Promise<Study> {
  const suite = await openSuite(options.optional('suite') ?? 'micro');
  const given = options.optional('models')?.split(',');
  const scope = options.optional('for');
  const isAll = options.flag('all');
  if (scope === 'convergent') convergentGrid(suite); // before anything is written
  if (scope !== undefined && scope !== 'monitor' && scope !== 'convergent')
    throw new Error(`invalid --for; expected monitor or convergent, got ${scope}`);
  if (isAll && (given !== undefined || suite.name !== 'micro' || scope !== undefined))
    throw new Error('invalid --all; expected it without --models, --suite and --for: it means the organisms of the micro world'); // prettier-ignore
  if (given === undefined && suite.name !== 'micro')
    throw new Error(`missing option --models; expected checkpoints for the suite ${suite.name}`);
  const out =
    options.optional('out') ?? (suite.name === 'micro' ? projectPath('data/study') : resolve('study', suite.name));
  const rolesOf = (names: readonly string[]): ReturnType<typeof modelRoles> => modelRoles(options, names);
  const names = given ?? [...ORGANISM_NAMES, ...(isAll ? LARGE_ORGANISM_NAMES : [])];
  const models = await studyModels({ out, rolesOf }, names);
  const scopeOf = ({ name }: StudyModel): StudyModel['scope'] => (isAll && isLarge(name) ? 'monitor' : scope);
  return {
    suite,
    out,
    models: models.map((model) => ({ ...model, ...(scopeOf(model) && { scope: scopeOf(model) }) })),
  };
}
