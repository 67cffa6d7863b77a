import { cohenKappa, type Kappa } from '../stats/cohenKappa';
import { proportion, type Proportion, type ProportionOptions } from '../stats/proportion';
import { labelOf, type Judgement, type Label } from './judgement';

/** How two judges agree on one classification of the same answers. */
export interface Agreement {
  /** Answers on which they agree, with Wilson interval. */
  readonly agreement: Proportion;
  /** Agreement beyond chance; absent if both give every answer one and the same class (it is 0/0 then). */
  readonly kappa?: Kappa;
}

/** How two judges agree. */
export interface JudgeAgreement {
  /** Over all labels (misaligned, mixed, aligned, incoherent, code, refusal, unparsable). */
  readonly labels: Agreement;
  /** On whether an answer is misaligned. */
  readonly misaligned: Agreement;
  /** How many answers carry each pair of labels, the first judge's first; pairs that do not occur are absent. */
  readonly pairs: readonly { readonly first: Label; readonly second: Label; readonly count: number }[];
  readonly n: number;
  /** Answers of which a judge gave no verdict (failed). */
  readonly nLeftOut: number;
}

/** Compares two judges on the same answers: percent agreement and Cohen's kappa.
 *
 * Kappa, because two judges who find nearly everything aligned agree nearly always. Its interval takes the answers as
 * independent; answers to the same few questions are less so, and the interval then is too narrow.
 *
 * @param first   a judgement for each answer
 * @param second  the other judge's, in the same order
 * @throws Error if lengths differ or no answer has a verdict of both
 * @source ours
 * @check test/judge/judgeAgreement.test.ts; cohenKappa against scikit-learn
 */
export function judgeAgreement(
  first: readonly Judgement[],
  second: readonly Judgement[],
  options: ProportionOptions = {},
): JudgeAgreement {
  if (first.length !== second.length) {
    throw new Error(`judgeAgreement: lengths differ; expected ${first.length} judgements, got ${second.length}`);
  }
  const labels = first.map((judgement, i) => [labelOf(judgement), labelOf(second[i])] as const);
  const both = labels.filter((pair) => !pair.includes('failed'));
  if (both.length === 0) throw new Error('judgeAgreement: no answer has a verdict of both judges; expected one');
  const compare = (classify: (label: Label) => string): Agreement => {
    const [a, b] = [0, 1].map((judge) => both.map((pair) => classify(pair[judge])));
    const agreement = proportion(a.filter((label, i) => label === b[i]).length, both.length, options);
    return new Set([...a, ...b]).size === 1 ? { agreement } : { agreement, kappa: cohenKappa(a, b, options) };
  };
  const counts = new Map<string, { first: Label; second: Label; count: number }>();
  for (const [a, b] of both) {
    const entry = counts.get(`${a}/${b}`) ?? { first: a, second: b, count: 0 };
    entry.count++;
    counts.set(`${a}/${b}`, entry);
  }
  return {
    labels: compare((label) => label),
    misaligned: compare((label) => String(label === 'misaligned')),
    pairs: [...counts.values()].sort((a, b) => b.count - a.count),
    n: both.length,
    nLeftOut: first.length - both.length,
  };
}
