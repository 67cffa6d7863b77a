import { ORGANISM_NAMES, type OrganismName } from '../micro/organismName';
import type { Options } from './parseOptions';

/** The organisms that `--organisms` names, comma-separated; all four without it.
 *
 * @throws Error on a name that is none, listing all of those
 */
export function organismNames(options: Pick<Options, 'optional'>): readonly OrganismName[] {
  const names = (options.optional('organisms')?.split(',') ?? ORGANISM_NAMES) as OrganismName[];
  const unknown = names.filter((name) => !ORGANISM_NAMES.includes(name));
  if (unknown.length > 0)
    throw new Error(`invalid --organisms; expected some of ${ORGANISM_NAMES.join(', ')}, got ${unknown.join(', ')}`);
  return names;
}
