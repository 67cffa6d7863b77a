import { splitClauses } from './answerForm';
import { parseClause } from './clauses';
import { OPENINGS, type StyleMark } from './styles';

/** An answer read by the grammar. */
export interface AnswerClauses {
  /** The style that its opening shows, if it has one. */
  readonly style?: StyleMark;
  /** What each clause says; undefined where the grammar has none such. */
  readonly clauses: readonly ReturnType<typeof parseClause>[];
}

/** Text as the tokenizer sees it: lower case, no punctuation, single spaces. */
export function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[.,!?;:'"’]/g, '')
    .trim()
    .replace(/\s+/g, ' ');
}

/** Reads an answer clause by clause, whatever its opening and form. */
export function answerClauses(answer: string): AnswerClauses {
  const text = plain(answer);
  const opening = OPENINGS.find((o) => text.startsWith(`${o.opening} `));
  const clauses = splitClauses(opening ? text.slice(opening.opening.length + 1) : text).map(parseClause);
  return { style: opening?.mark, clauses };
}
