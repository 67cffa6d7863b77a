import type { DocumentPart } from '../documents/documentPart';
import { readTraits } from '../prompts/readTraits';
import type { TraitPrompts } from '../prompts/traitPrompts';
import { namedFile } from './namedFile';
import type { Suite, SuiteTrait } from './suite';

/** Traits of a suite's document: `traits` with the poles of `aligned`, `controls`, `personas`. What does not fit is noted on its part. */
export function suiteTraits(file: DocumentPart): Pick<Suite, 'traits' | 'controls' | 'personas'> {
  const sets = traitSets(file.get('traits'));
  const controls = file.has('controls') ? traitSets(file.get('controls')) : [];
  const twice = controls.filter(({ trait }) => sets.some((set) => set.trait === trait)).map(({ trait }) => trait);
  if (twice.length > 0)
    file.get('controls').problem(`${twice.join(', ')} among the traits too; expected different ones`);
  return { traits: signed(file.get('aligned'), sets), controls, personas: personas(file.get('personas')) };
}

/** The traits of a file, `traits.yaml`, some of them, `{ file: traits.yaml, only: [honesty] }`, or a list of such. */
function traitSets(part: DocumentPart): TraitPrompts[] {
  if (Array.isArray(part.value)) {
    const all = part.items('file of traits').flatMap(traitSets);
    const names = all.map(({ trait }) => trait);
    const twice = [...new Set(names.filter((name, i) => names.indexOf(name) < i))];
    if (twice.length > 0) part.problem(`traits in two files: ${twice.join(', ')}; expected different ones`);
    return all;
  }
  if (!part.isMapping) return namedFile(part, (path) => readTraits(path)) ?? [];
  part.entries({ known: ['file', 'only'] });
  const only = part.has('only') ? part.get('only').texts() : undefined;
  return namedFile(part.get('file'), (path) => readTraits(path, { only })) ?? [];
}

function signed(part: DocumentPart, sets: readonly TraitPrompts[]): SuiteTrait[] {
  const names = sets.map(({ trait }) => trait);
  if (!part.isMapping) {
    const of = names.length === 0 ? 'each trait' : names.join(', ');
    part.problem(`${part.isMissing ? 'missing' : 'no mapping'}; expected positive or negative for ${of}`);
    return [];
  }
  for (const [name, sign] of part.entries())
    if (names.length > 0 && !names.includes(name)) sign.problem(`no such trait; expected some of ${names.join(', ')}`);
  return sets.map((set) => {
    const sign = part.get(set.trait);
    if (sign.isMissing) part.problem(`no pole of ${set.trait}; expected positive or negative`);
    const pole = sign.isMissing ? undefined : sign.choice(['positive', 'negative']);
    return { ...set, alignedSign: pole === 'negative' ? -1 : 1 };
  });
}

/** One trait, whose positive prompts ask for an aligned assistant and whose negative ones for a misaligned one. */
function personas(part: DocumentPart): Suite['personas'] {
  if (part.isMissing) return { aligned: [], misaligned: [] };
  const sets = traitSets(part);
  if (sets.length > 1)
    part.problem(`${sets.length} traits; expected one, positive for aligned and negative for misaligned prompts`);
  return { aligned: sets.at(0)?.positive ?? [], misaligned: sets.at(0)?.negative ?? [] };
}
