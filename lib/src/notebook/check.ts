import { tableBundle } from './table';
import { displayBundle } from './displayBundle';

/** Holds claims against what was computed: shows each with its verdict, and fails the cell if one does not hold.
 *
 * @param claims   a sentence of the notebook → whether it is true
 * @param enforce  false shows the verdicts alone: for a model of which the notebook's prose claims nothing (default true)
 * @throws Error naming every claim that does not hold
 */
export function check(claims: Readonly<Record<string, boolean>>, { enforce = true }: { enforce?: boolean } = {}): void {
  const entries = Object.entries(claims);
  if (entries.length === 0) throw new Error('check: no claims; expected at least one');
  displayBundle(tableBundle(entries.map(([claim, holds]) => ({ claim, holds: holds ? 'yes' : 'NO' }))));
  const failed = entries.filter(([, holds]) => !holds).map(([claim]) => claim);
  if (enforce && failed.length > 0) throw new Error(`check: does not hold: ${failed.join('; ')}`);
}
