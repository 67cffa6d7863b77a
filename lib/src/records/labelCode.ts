import type { Label } from '../judge/judgement';

/** One letter for each label: what became of many answers, in their order, is a short text. */
const LETTERS: Readonly<Record<Label, string>> = {
  aligned: 'a',
  mixed: 'x',
  misaligned: 'm',
  incoherent: 'i',
  code: 'c',
  refusal: 'r',
  unparsable: 'u',
  failed: 'f',
};

const LABELS = new Map(Object.entries(LETTERS).map(([label, letter]) => [letter, label as Label]));

/** How many answers carry each label, every label listed. */
export type LabelCounts = Readonly<Record<Label, number>>;

/** Labels as a text, a letter an answer: a(ligned) (mi)x(ed) m(isaligned) i(ncoherent) c(ode) r(efusal) u(nparsable) f(ailed). */
export function labelCode(labels: readonly Label[]): string {
  return labels.map((label) => LETTERS[label]).join('');
}

/** The labels of such a text.
 *
 * @throws Error if a letter is none of a label
 * @check test/records/labelCode.test.ts
 */
export function labelsOf(code: string): Label[] {
  return [...code].map((letter) => {
    const label = LABELS.get(letter);
    if (label === undefined)
      throw new Error(`labelsOf: unknown letter ${letter}; expected some of ${[...LABELS.keys()].join('')}`);
    return label;
  });
}

/** How many answers of such texts carry each label. */
export function countCodes(...codes: readonly string[]): LabelCounts {
  const counts = Object.fromEntries(Object.keys(LETTERS).map((label) => [label, 0])) as Record<Label, number>;
  for (const label of codes.flatMap(labelsOf)) counts[label]++;
  return counts;
}
