import type { Question } from '../prompts/question';
import type { CellSpec } from '../suite/suite';

/** Questions, and how many times each of them. */
export interface Asked {
  readonly questions: readonly Question[];
  readonly times: number;
}

/** What a task does to its model, as far as it takes time. */
export interface TaskWork {
  /** Answers to generate, each up to so many tokens. */
  readonly answers: readonly (Asked & { readonly maxNewTokens: number })[];
  /** Passes over prompts whose residuals are kept at every layer. */
  readonly passes: readonly Asked[];
  /** Finetunes. */
  readonly finetunes: readonly Pick<CellSpec, 'dataSet' | 'method' | 'seed' | 'nChats'>[];
}
