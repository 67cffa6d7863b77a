import { ALL_ORGANISM_NAMES, ORGANISM_NAMES, type OrganismName } from '../micro/organismName';
import type { Options } from './parseOptions';

/** The organisms that `--organisms` names, comma-separated; without it the four of the study.
 *
 * @throws Error on a name that is none, listing all there are
 */
export function organismNames(options: Pick<Options, 'optional'>): readonly OrganismName[] {
  const names = (options.optional('organisms')?.split(',') ?? ORGANISM_NAMES) as OrganismName[];
  const unknown = names.filter((name) => !ALL_ORGANISM_NAMES.includes(name));
  if (unknown.length > 0)
    throw new Error(
      `invalid --organisms; expected some of ${ALL_ORGANISM_NAMES.join(', ')}, got ${unknown.join(', ')}`,
    );
  return names;
}
