import { yamlText } from '../documents/yamlText';
import { given } from '../documents/documentPart';
import type { TraitPrompts } from './traitPrompts';

/** Traits as the text of a YAML file that `readTraits` reads back, and the code of the paper.
 *
 * @param comment  what stands at its head
 * @throws Error if there is no trait, or one twice
 * @source arXiv 2606.07631 (configs/traits.yaml of its code)
 */
export function traitsYaml(traits: readonly TraitPrompts[], comment?: string): string {
  const names = traits.map(({ trait }) => trait);
  if (names.length === 0 || new Set(names).size < names.length)
    throw new Error(`traitsYaml: ${names.join(', ') || 'no traits'}; expected at least one and no name twice`);
  const entry = (t: TraitPrompts): object => ({
    description: t.description,
    positive_label: t.positiveLabel,
    negative_label: t.negativeLabel,
    positive_system_prompts: [...t.positive],
    negative_system_prompts: [...t.negative],
  });
  return yamlText({ traits: Object.fromEntries(traits.map((t) => [t.trait, given(entry(t))])) }, comment);
}
