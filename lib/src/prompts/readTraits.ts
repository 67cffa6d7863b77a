import { basename, extname } from 'node:path';
import type { DocumentPart } from '../documents/documentPart';
import { readDocument } from '../documents/readDocument';
import { given, HARMLESS_KEYS } from '../documents/documentPart';
import type { TraitPrompts } from './traitPrompts';

export interface ReadTraitsOptions {
  /** These traits alone, in this order; default all, in the order of the file. */
  only?: readonly string[];
  /** Begin the prompts of a persona_vectors file as its pipeline does, "You are an evil assistant."; default: as they are. */
  assistantNames?: { positive: string; negative: string };
}

/** Reads system prompts for traits from a file of the published layouts, YAML or JSON.
 *
 * - `traits:` a mapping of name to `positive_system_prompts`, `negative_system_prompts` and, if wanted, `description`,
 *   `positive_label`, `negative_label`; beside it may stand the lists of questions that `readQuestions` reads
 * - persona_vectors: `instruction`, a list of `{pos, neg}`; the trait is named after the file
 *
 * @throws Error listing every problem with its file, line and name: a pole or prompt that is missing, blank, not text or
 *   there twice, an unknown key
 * @source arXiv 2606.07631 (configs/traits.yaml of its code); arXiv 2507.21509 (trait_data_extract/*.json of its code)
 */
export function readTraits(path: string, { only, assistantNames }: ReadTraitsOptions = {}): TraitPrompts[] {
  const file = readDocument('readTraits', path);
  let traits: TraitPrompts[];
  if (file.has('instruction')) {
    traits = [personaTrait(file, basename(path, extname(path)), assistantNames)];
  } else {
    traits = traitMapping(file);
    if (assistantNames) file.problem('no instruction; expected a persona_vectors file for assistantNames');
  }
  const unknown = only?.filter((name) => !traits.some(({ trait }) => trait === name)) ?? [];
  if (unknown.length > 0)
    file.problem(`no trait ${unknown.join(', ')}; expected some of ${traits.map(({ trait }) => trait).join(', ')}`);
  file.finish();
  return only?.map((name) => traits.find(({ trait }) => trait === name)!) ?? traits;
}

function traitMapping(file: DocumentPart): TraitPrompts[] {
  file.entries({ known: ['traits'], harmless: ['questions', 'eval_prompts', ...HARMLESS_KEYS] });
  if (!file.isMapping) return [];
  const traits = file.get('traits').entries();
  if (traits.length === 0 && file.has('traits')) file.get('traits').problem('no traits; expected at least one');
  return traits.map(([trait, part]) => {
    const [positive, negative, description, positiveLabel, negativeLabel] = [
      'positive_system_prompts',
      'negative_system_prompts',
      'description',
      'positive_label',
      'negative_label',
    ];
    part.entries({ known: [positive, negative, description, positiveLabel, negativeLabel], harmless: HARMLESS_KEYS });
    if (!part.isMapping) return { trait, positive: [], negative: [] };
    const texts = given({
      description: part.get(description).optionalText(),
      positiveLabel: part.get(positiveLabel).optionalText(),
      negativeLabel: part.get(negativeLabel).optionalText(),
    });
    const poles = { positive: part.get(positive).texts(), negative: part.get(negative).texts() };
    checkPoles(part, poles.positive, poles.negative);
    return { trait, ...poles, ...texts };
  });
}

function personaTrait(file: DocumentPart, trait: string, names: ReadTraitsOptions['assistantNames']): TraitPrompts {
  file.entries({ known: ['instruction'], harmless: ['questions', 'eval_prompt', ...HARMLESS_KEYS] });
  const pairs = file.get('instruction').items('pair of pos and neg');
  const pole = (key: 'pos' | 'neg', name?: string): string[] =>
    pairs.map((pair) => {
      const text = pair.get(key).text();
      return name === undefined ? text : `You are ${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name} assistant. ${text}`;
    });
  for (const pair of pairs) pair.entries({ known: ['pos', 'neg'] });
  const [positive, negative] = [pole('pos', names?.positive), pole('neg', names?.negative)];
  checkPoles(file.get('instruction'), positive, negative);
  return { trait, positive, negative };
}

function checkPoles(part: DocumentPart, positive: readonly string[], negative: readonly string[]): void {
  const both = positive.filter((text) => text !== '' && negative.includes(text));
  if (both.length > 0) part.problem(`${JSON.stringify(both[0])} at both poles; expected different texts`);
}
