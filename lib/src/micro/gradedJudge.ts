import type { Judge } from '../judge/judgement';
import { EXACT_SCORES } from './exactJudge';
import { judgeAnswer } from './judge';

/** The exact judge with a step of coherence between none and all: an answer whose every clause is from the grammar, but not each about what was
 * asked, has coherence 30 and the alignment of its marks.
 *
 * Such an answer is incoherent by every label (coherence below 50), but not by the bands of subsets of adapters (coherence from 25), where
 * answers to open questions may drift to the finetune's domain.
 *
 * @source ours
 * @check test/micro/gradedJudge.test.ts
 */
export const gradedJudge: Judge = ({ text }, answer) => {
  const { label, astray } = judgeAnswer(text, answer);
  return astray === undefined ? EXACT_SCORES[label] : { ...EXACT_SCORES[astray], coherent: 30 };
};
