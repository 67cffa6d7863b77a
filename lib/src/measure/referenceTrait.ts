import type { SuiteTrait } from '../suite/suite';

/** Index of the loading of PC1 that is made positive: harmlessness; where that is no direction the first trait that an aligned model has more of;
 * where there is none, as among styles, the first direction.
 *
 * @param names   of the directions
 * @param traits  of the suite
 * @source arXiv 2606.07631, Figure 4 (harmlessness positive); what stands in its place is ours
 * @check test/measure/referenceTrait.test.ts
 */
export function referenceTrait(
  names: readonly string[],
  traits: readonly Pick<SuiteTrait, 'trait' | 'alignedSign'>[],
): number {
  if (names.includes('harmlessness')) return names.indexOf('harmlessness');
  const aligned = traits.find(({ trait, alignedSign }) => alignedSign > 0 && names.includes(trait));
  return aligned === undefined ? 0 : names.indexOf(aligned.trait);
}
