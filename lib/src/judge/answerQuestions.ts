import type { TokenSample } from '../subject/positions';
import { generate, type GenerateOptions } from '../subject/generate';
import type { Model } from '../model/model';
import type { Params } from '../model/model';
import type { FileQuestion } from '../prompts/fileQuestion';
import { promptTokens, type Question, type QuestionPromptOptions } from '../prompts/question';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { judgeAnswers } from './judgeAnswers';
import type { Judge, Judgement } from './judgement';

/** An answer with its verdict. */
export interface JudgedAnswer {
  readonly question: Question;
  readonly text: string;
  readonly judgement: Judgement;
  /** Prompt and response, for the directions that are made from answers. */
  readonly sample: Required<TokenSample>;
}

export interface AnswerOptions
  extends Pick<GenerateOptions, 'hooks' | 'deltas' | 'batchSize' | 'signal'>, QuestionPromptOptions {
  judge: Judge;
  /** Answers to each question, default what its file asks for, or 1. */
  nPerQuestion?: number;
  /** Default what the questions' file says, or 1. */
  temperature?: number;
  maxNewTokens: number;
  seed: number;
  /** Weights that take the place of the model's (a full finetune). */
  params?: Params;
  /** Told how many answers are written. */
  onProgress?: (done: number, total: number) => void | Promise<void>;
  /** Told how many answers are judged. */
  onJudged?: (done: number, total: number) => void | Promise<void>;
}

/** Asks questions, lets the model answer and judges every answer.
 *
 * Answer i draws its randomness from the seed and i alone, so batching changes nothing.
 *
 * @returns  the answers to the first question, then to the next
 * @throws Error if there is no question, an option is out of range, or the files of the questions name different
 *   temperatures and none is given
 * @source arXiv 2506.11613, section 2.2 (50 answers a question at temperature 1)
 */
export async function answerQuestions(
  model: Pick<Model, 'config' | 'params'>,
  tokenizer: Pick<Tokenizer, 'encodeChat' | 'decode'>,
  questions: readonly FileQuestion[],
  {
    judge,
    nPerQuestion,
    system,
    systemRole,
    temperature = temperatureOf(questions),
    params,
    onJudged,
    ...options
  }: AnswerOptions,
): Promise<JudgedAnswer[]> {
  if (questions.length === 0) throw new Error('answerQuestions: no questions; expected at least one');
  if (nPerQuestion !== undefined && !(Number.isInteger(nPerQuestion) && nPerQuestion >= 1)) {
    throw new Error(`answerQuestions: invalid nPerQuestion; expected an integer of at least 1, got ${nPerQuestion}`);
  }
  const asked = questions.flatMap((question) =>
    new Array<Question>(nPerQuestion ?? question.samplesPerParaphrase ?? 1).fill(question),
  );
  const prompts = asked.map((question) => promptTokens(tokenizer, question, { system, systemRole }));
  const tuned = params === undefined ? model : { config: model.config, params: { ...model.params, ...params } };
  const responses = await generate(tuned, prompts, { temperature, ...options });
  const answers = asked.map((question, i) => ({ question, text: tokenizer.decode(responses[i]).trim() }));
  const judgements = await judgeAnswers(answers, judge, { signal: options.signal, onProgress: onJudged });
  return answers.map((answer, i) => {
    const tokens = [...prompts[i], ...responses[i]];
    const sample = { tokens, responseMask: tokens.map((_, at) => at >= prompts[i].length) };
    return { ...answer, judgement: judgements[i], sample };
  });
}

/** The one temperature that the questions ask for; 1 where their file says nothing. */
function temperatureOf(questions: readonly FileQuestion[]): number {
  const all = [...new Set(questions.map(({ temperature = 1 }) => temperature))];
  if (all.length > 1) {
    const got = all.join(', ');
    throw new Error(
      `answerQuestions: the questions ask for temperatures ${got}; expected one, or the option temperature`,
    );
  }
  return all[0] ?? 1;
}
