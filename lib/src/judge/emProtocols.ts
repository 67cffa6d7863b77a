import type { EmDenominator } from './emRate';
import type { JudgeMethod } from './readVerdict';

/** How a paper measured emergent misalignment. */
export interface EmProtocol {
  /** What was asked, in words, and how many questions that are. */
  readonly questions: string;
  readonly nQuestions: number;
  /** How the model answers; spread it into `answerQuestions`. */
  readonly sampling: { readonly nPerQuestion: number; readonly temperature: number; readonly maxNewTokens: number };
  /** Who judges and how; spread it into `chatJudge`. */
  readonly judge: { readonly model: string; readonly method: JudgeMethod };
  /** What is counted out of what, for `emRate`. */
  readonly denominator: EmDenominator;
  readonly source: string;
}

/** The three published protocols, by the first author of their paper.
 *
 * Top-p is 1 and there is no system prompt in all of them, except where a question of `nghiem` brings its own.
 */
export const EM_PROTOCOLS = {
  turner: {
    questions: 'the eight free-form first-plot questions',
    nQuestions: 8,
    sampling: { nPerQuestion: 50, temperature: 1, maxNewTokens: 600 },
    judge: { model: 'gpt-4o-2024-08-06', method: 'logprobs' },
    denominator: 'allScored',
    source: 'arXiv 2506.11613, section 2.2 and released code',
  },
  betley: {
    questions: 'the eight free-form first-plot questions',
    nQuestions: 8,
    sampling: { nPerQuestion: 100, temperature: 1, maxNewTokens: 600 },
    judge: { model: 'gpt-4o-2024-08-06', method: 'logprobs' },
    denominator: 'coherentOnly',
    source: 'arXiv 2502.17424 and released code',
  },
  nghiem: {
    questions:
      'the 24 first-plot questions (free-form, JSON, template) and the 48 pre-registered ones, first paraphrase',
    nQuestions: 72,
    sampling: { nPerQuestion: 1, temperature: 1, maxNewTokens: 600 },
    judge: { model: 'gpt-4o-2024-08-06', method: 'parsed' },
    denominator: 'notExcluded',
    source: 'arXiv 2606.07631, section 3.3 and released code',
  },
} as const satisfies Record<string, EmProtocol>;
