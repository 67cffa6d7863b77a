import type { Sides } from '../directions/meanDifference';
import { labelOf, type Judged, type Label } from './judgement';

/** The places of the answers with one label and of those with another: the two sides of a mean difference.
 *
 * @returns positive ones (default misaligned) and negative ones (default aligned), in order; a side may be empty
 * @source arXiv 2506.11618, section 3.1
 * @check test/judge/labelSides.test.ts
 */
export function labelSides(
  answers: readonly Judged[],
  { positive = 'misaligned', negative = 'aligned' }: { positive?: Label; negative?: Label } = {},
): Sides {
  const labels = answers.map(labelOf);
  const places = (wanted: Label): number[] => labels.flatMap((label, i) => (label === wanted ? [i] : []));
  return { positive: places(positive), negative: places(negative) };
}
