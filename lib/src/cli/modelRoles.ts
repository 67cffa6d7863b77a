import { systemRoles, type SystemRole } from '../tokenizer/systemRole';
import type { Options } from './parseOptions';

/** Where system messages go in each of several models, as `--system-role` says: one role for all, or `NAME=ROLE,…` for those that are named.
 *
 * @param names  of the models
 * @returns roles by name; those that leave it to the template are left out
 * @throws Error if a role or a name is none of those there are
 */
export function modelRoles(options: Options, names: readonly string[]): ReadonlyMap<string, SystemRole> {
  const given = options.optional('system-role') ?? 'template';
  const roles = new Map<string, SystemRole>();
  for (const part of given.includes('=') ? given.split(',') : names.map((name) => `${name}=${given}`)) {
    const [name, text] = part.split(/=(?!.*=)/);
    const role = systemRoles.find((known) => known === text);
    if (!names.includes(name)) throw new Error(`invalid --system-role; expected NAME=ROLE for ${names.join(', ')}, got ${part}`); // prettier-ignore
    if (role === undefined)
      throw new Error(`invalid --system-role; expected one of ${systemRoles.join(', ')}, got ${text ?? given}`);
    if (role !== 'template') roles.set(name, role);
  }
  return roles;
}
