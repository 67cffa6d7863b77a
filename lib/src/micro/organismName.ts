/** The four organisms, one a family; each is also its family's `model_type`. */
export const ORGANISM_NAMES = ['llama', 'mistral', 'qwen2', 'gemma2'] as const;

/** Name of an organism. */
export type OrganismName = (typeof ORGANISM_NAMES)[number];
