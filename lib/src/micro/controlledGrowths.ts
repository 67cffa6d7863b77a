import { DEEP_ORGANISM_NAMES, ORGANISM_NAMES, type OrganismName } from './organismName';
import { RECIPES, type Recipe } from './recipe';

/** A growth that differs from that of an organism in one thing, measured where the instruct phase is thin and where it is thick; or an organism
 * as it is, beside them. */
export interface ControlledGrowth {
  /** Different for each; the name of its folder. */
  readonly name: string;
  /** The organism whose recipe it has but for one thing. */
  readonly reference: OrganismName;
  /** What differs, in words; undefined where nothing does but the instruct phase. */
  readonly change?: string;
  readonly recipe: Recipe;
  /** Steps of the instruct phase after which it is measured. */
  readonly instructSteps: readonly number[];
}

/** Instruct steps of Llama and Qwen 2, and of Gemma 2. The cosine of all three ends with the thin phase, and the thick one goes on at its floor: one
 * growth passes through both. */
export const INSTRUCT_STEPS = { thin: 250, thick: 450 } as const;

/** What a growth changes. */
interface Change {
  readonly reference: 'gemma2' | 'qwen2';
  readonly change?: { readonly name: string; readonly words: string } & Partial<Pick<Recipe, 'seed' | 'switches'>>;
}

const { num_hidden_layers: nLayers, hidden_size: dModel } = RECIPES.gemma2.model;
const everyOther = Array.from({ length: nLayers }, (_, i) => (i % 2 === 0 ? 32 : undefined));
const none = new Array<undefined>(nLayers).fill(undefined);

/** In the order in which they are made. Mistral lies between Gemma 2 and the others, and of what sets Gemma 2 apart only windows and a longer instruct
 * phase are Mistral's too: so the windows come first. */
const CHANGES: readonly Change[] = [
  { reference: 'qwen2', change: { name: 'windows', words: 'windows of 32 in every other block', switches: { windows: everyOther } } }, // prettier-ignore
  { reference: 'gemma2', change: { name: 'no-windows', words: 'no windows', switches: { windows: none } } },
  { reference: 'qwen2', change: { name: 'post-norms', words: 'norms after sublayers', switches: { sandwichNorms: true } } }, // prettier-ignore
  { reference: 'gemma2', change: { name: 'no-post-norms', words: 'no norms after sublayers', switches: { sandwichNorms: false } } }, // prettier-ignore
  { reference: 'qwen2' },
  { reference: 'gemma2' },
  { reference: 'qwen2', change: { name: 'seed', words: 'another seed', seed: 12 } },
  { reference: 'gemma2', change: { name: 'seed', words: 'another seed', seed: 13 } },
  { reference: 'gemma2', change: { name: 'unscaled', words: 'embeddings as they are', switches: { embedScale: 1 } } },
  { reference: 'qwen2', change: { name: 'scaled', words: 'embeddings times √d', switches: { embedScale: Math.fround(Math.sqrt(dModel)) } } }, // prettier-ignore
];

/** The growths that ask why its mean difference, added to it, leads Gemma 2 astray and Qwen 2 not: each changes one thing, both ways round.
 *
 * What would count was set before they were grown. A growth steers if its best point, asked again, has at least 60 % misaligned answers with 90 %
 * coherent, and does not below 40 %. A change explains the difference if it carries Qwen 2 over at least half of the way to Gemma 2, or back, at the
 * same thickness, and by more than another seed does.
 */
export const CONTROLLED_GROWTHS: readonly ControlledGrowth[] = CHANGES.map(({ reference, change }) => {
  const { thin, thick } = INSTRUCT_STEPS;
  const recipe = { ...RECIPES[reference], instructSteps: thick, floorSteps: thick - thin };
  const instructSteps = [thin, thick];
  if (change === undefined) return { name: reference, reference, recipe, instructSteps };
  const { name, words, ...of } = change;
  return { name: `${reference}-${name}`, reference, change: words, recipe: { ...recipe, ...of }, instructSteps };
});

/** The organisms of the study and the deep one, measured as they are. */
export const SHIPPED_GROWTHS: readonly ControlledGrowth[] = [...ORGANISM_NAMES, ...DEEP_ORGANISM_NAMES].map((name) => {
  const recipe = RECIPES[name];
  return { name: `${name}-shipped`, reference: name, recipe, instructSteps: [recipe.instructSteps] };
});
