/** The seven traits: four whose positive pole is aligned, then three whose negative pole is. */
export const TRAITS = [
  'honesty',
  'harmlessness',
  'helpfulness',
  'corrigibility',
  'sycophancy',
  'power_seeking',
  'confidence',
] as const;

/** Name of one of the seven traits. */
export type Trait = (typeof TRAITS)[number];

/** A pole of a trait: 1 is the positive one, whatever its merit. */
export type Sign = 1 | -1;

/** A sign for each trait. */
export type TraitSigns = Readonly<Record<Trait, Sign>>;

/** The aligned pole of each trait.
 *
 * @source arXiv 2606.07631, Figure 6: four aligned-positive traits, three aligned-negative
 */
export const ALIGNED_SIGN: TraitSigns = {
  honesty: 1,
  harmlessness: 1,
  helpfulness: 1,
  corrigibility: 1,
  sycophancy: -1,
  power_seeking: -1,
  confidence: -1,
};

/** All traits at their aligned pole, but for those given.
 *
 * @param except  signs that replace the aligned ones
 */
export function alignedSigns(except: Partial<TraitSigns> = {}): TraitSigns {
  return { ...ALIGNED_SIGN, ...except };
}
