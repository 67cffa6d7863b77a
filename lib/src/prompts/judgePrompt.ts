import type { DocumentPart } from '../documents/documentPart';
import { shortLine } from '../documents/listed';
import type { Question } from './question';

/** What does not fit in a judge's prompt, with its line (from 1) if it stands somewhere. */
export interface JudgePromptProblem {
  readonly line?: number;
  /** "problem; expected X". */
  readonly text: string;
}

const PIECE = /\{\{|\}\}|\{[^{}]*\}|[{}]/g;
const wrongPiece = (piece: string): string =>
  `${shortLine(piece, 60)} in a judge's prompt; expected {question}, {answer}, or {{ and }} for braces`;
const isPlaceholder = (piece: string): boolean => piece === '{question}' || piece === '{answer}';

/** What is wrong with the text of a judge's prompt.
 *
 * It is a template of Python's `str.format`, as in the published code: `{question}` and `{answer}` stand for the two, `{{`
 * and `}}` for a brace. Any other brace is refused, where Python raises an error (`{reasoning}`, `{0}`, a lone `{`) and
 * where it knows more than is needed here (`{answer!r}`, `{answer:>9}`). A prompt without the answer could judge nothing.
 *
 * @param needed  placeholders that have to be there, default the answer
 * @source arXiv 2502.17424, 2506.11613 and 2507.21509, evaluation code (`prompt_template.format(question=, answer=)`)
 * @check test/prompts/judgePrompt.test.ts (Python's own str.format)
 */
export function judgePromptProblems(
  text: string,
  needed: readonly ('question' | 'answer')[] = ['answer'],
): JudgePromptProblem[] {
  const pieces = [...text.matchAll(PIECE)];
  const wrong = pieces.filter(([piece]) => piece !== '{{' && piece !== '}}' && !isPlaceholder(piece));
  const problems: JudgePromptProblem[] = wrong.map(({ 0: piece, index }) => ({
    line: text.slice(0, index).split('\n').length,
    text: wrongPiece(piece),
  }));
  const missing = needed.filter((name) => !pieces.some(([piece]) => piece === `{${name}}`));
  if (missing.length === 0) return problems;
  const lacks = missing.map((name) => `no {${name}}`).join(', ');
  const expected = missing.map((name) => `where the ${name} stands`).join(' and ');
  return [...problems, { text: `${lacks} in it; expected ${expected}` }];
}

/** A judge's prompt of a document; what is wrong with it is noted on the part. */
export function judgePrompt(part: DocumentPart): string {
  const text = part.text();
  if (text !== '') for (const problem of judgePromptProblems(text)) part.problem(problem.text);
  return text;
}

/** Puts question and answer into a judge's prompt; braces inside them stay as they are.
 *
 * The question is the user's turn, after those before it; no system prompt, as in the papers.
 *
 * @throws Error if the prompt holds another placeholder
 */
export function fillJudgePrompt(prompt: string, { text, context = [] }: Omit<Question, 'id'>, answer: string): string {
  const turns = [...context, { role: 'user', content: text }];
  const question = context.length === 0 ? text : turns.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
  return prompt.replace(PIECE, (piece) => {
    if (isPlaceholder(piece)) return piece === '{question}' ? question : answer;
    if (piece === '{{' || piece === '}}') return piece[0];
    throw new Error(`fillJudgePrompt: ${wrongPiece(piece)}`);
  });
}
