import type { TokenSample } from '../subject/positions';
import { continuationSample, generate } from '../subject/generate';
import type { GenerateOptions } from '../subject/generateTokens';
import type { Subject } from '../subject/model';
import type { FileQuestion } from '../prompts/fileQuestion';
import type { Question } from '../prompts/question';
import { tokenizerOf } from '../subject/model';
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

export interface AnswerOptions extends Pick<GenerateOptions, 'batchSize' | 'signal'> {
  /** System prompt under which they are asked; default none but their own. */
  system?: string;
  judge: Judge;
  /** Answers to each question, default what its file asks for, or 1. */
  nPerQuestion?: number;
  /** Default what the questions' file says, or 1. */
  temperature?: number;
  maxNewTokens: number;
  seed: number;
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
  model: Subject,
  questions: readonly FileQuestion[],
  { judge, nPerQuestion, system, temperature = temperatureOf(questions), onJudged, ...options }: AnswerOptions,
): Promise<JudgedAnswer[]> {
  if (questions.length === 0) throw new Error('answerQuestions: no questions; expected at least one');
  if (nPerQuestion !== undefined && !(Number.isInteger(nPerQuestion) && nPerQuestion >= 1)) {
    throw new Error(`answerQuestions: invalid nPerQuestion; expected an integer of at least 1, got ${nPerQuestion}`);
  }
  const asked = questions.flatMap((question) =>
    new Array<Question>(nPerQuestion ?? question.samplesPerParaphrase ?? 1).fill(question),
  );
  tokenizerOf('answerQuestions', model);
  const written = await generate(model, asked, { system, temperature, ...options });
  const answers = asked.map((question, i) => ({ question, text: written[i].text.trim() }));
  const judgements = await judgeAnswers(answers, judge, { signal: options.signal, onProgress: onJudged });
  return answers.map((answer, i) => ({ ...answer, judgement: judgements[i], sample: continuationSample(written[i]) }));
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
