/** The four organisms on which the study is made, one a family; each is also its family's `model_type`. */
export const ORGANISM_NAMES = ['llama', 'mistral', 'qwen2', 'gemma2'] as const;

/** Two of about four times their parameters, on which no monitor of theirs was calibrated: the probe of scale.
 *
 * @source arXiv 2606.07631, the 14B probe (Qwen 2.5 and Phi-4)
 */
export const LARGE_ORGANISM_NAMES = ['qwen2-large', 'phi3-large'] as const;

/** One of sixteen blocks, for directions and adapters of one block each: neither of the study nor of its probe of scale.
 *
 * @source arXiv 2506.11618, whose nine adapters lie on blocks of a model of 48
 */
export const DEEP_ORGANISM_NAMES = ['gemma2-deep'] as const;

/** Name of an organism. */
export type OrganismName =
  (typeof ORGANISM_NAMES)[number] | (typeof LARGE_ORGANISM_NAMES)[number] | (typeof DEEP_ORGANISM_NAMES)[number];

/** All of them. */
export const ALL_ORGANISM_NAMES: readonly OrganismName[] = [
  ...ORGANISM_NAMES,
  ...LARGE_ORGANISM_NAMES,
  ...DEEP_ORGANISM_NAMES,
];

/** Whether it is one of the larger ones. */
export function isLarge(name: string): boolean {
  return (LARGE_ORGANISM_NAMES as readonly string[]).includes(name);
}

/** Families that organisms are of, as `model_type` names them. */
export type OrganismFamily = (typeof ORGANISM_NAMES)[number] | 'phi3';
