/** The bases on which a profile of drift is read: the suite's traits, and three controls. */
export const PROFILE_BASES = ['traits', 'styles', 'shuffled', 'random'] as const;

/** All bases of a model: those of a profile, and the one direction from the aligned to the misaligned personas. */
export const BASIS_NAMES = [...PROFILE_BASES, 'persona'] as const;

/** Name of a basis. */
export type BasisName = (typeof BASIS_NAMES)[number];

/** Unit vectors at one layer. */
export interface Basis {
  /** Of each direction: the trait, the style or a number. */
  readonly names: readonly string[];
  /** [k dModel] unit norm. */
  readonly directions: readonly Float32Array[];
  /** Mean cosine between two halves of the questions, for each direction; none for random ones. */
  readonly splitHalf: readonly number[];
}

/** The bases of a model: by name, then by layer. A suite without controls has an empty basis of styles, one without personas an empty one of those. */
export type Bases = Readonly<Record<BasisName, readonly Basis[]>>;
