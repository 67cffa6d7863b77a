import { basename, extname } from 'node:path';
import type { DocumentPart } from '../documents/documentPart';
import { readDocument } from '../documents/readDocument';
import type { FileQuestion } from './fileQuestion';
import { HARMLESS_KEYS } from '../documents/documentPart';
import { judgePrompt } from './judgePrompt';
import { questionEntry } from './questionEntry';

export interface ReadQuestionsOptions {
  /** Which wordings of a question: each as a question of its own (default; arXiv 2502.17424), or only the first
   * (arXiv 2606.07631). */
  paraphrases?: 'all' | 'first';
  /** Which list to read of a file that has several, `questions` or `eval_prompts`. */
  section?: 'questions' | 'eval_prompts';
}

/** Reads questions from a file of the published layouts: YAML, JSON or JSON lines.
 *
 * An entry of the list is
 * - a text: the question; its id is the file's name (or its kind) and its number
 * - `messages` that end with a user turn, and `id`, `topic`, `kind` if wanted
 * - `id` and `paraphrases`, and if wanted `type`, `samples_per_paraphrase`, `temperature`, `system` or `context`, `judge`,
 *   `judge_prompts`, `topic`, `kind`. Several paraphrases become `id/0`, `id/1` …; the topic is the id unless it is
 *   given. `results_dir` and `max_tokens` are passed over: who asks says how long an answer may be.
 *
 * The list is the whole file or stands under `questions` or `eval_prompts`, there also as a mapping of kinds to lists. In
 * a persona_vectors file `eval_prompt` is the judge's prompt, named after the file. An id, topic or kind may be a number; it
 * is then text, as it is written.
 *
 * @throws Error listing every problem with its file, line and name: what is missing, blank, of the wrong type or there
 *   twice, an unknown key, a placeholder in a judge's prompt that is neither question nor answer
 * @source arXiv 2502.17424 (first_plot_questions.yaml, preregistered_evals.yaml of its code); arXiv 2606.07631
 *   (configs/traits.yaml of its code); arXiv 2507.21509 (trait_data_eval/*.json of its code)
 */
export function readQuestions(path: string, options: ReadQuestionsOptions = {}): FileQuestion[] {
  const { paraphrases = 'all', section } = options;
  if (paraphrases !== 'all' && paraphrases !== 'first')
    throw new Error(`readQuestions: invalid paraphrases; expected "all" or "first", got ${String(paraphrases)}`);
  const file = readDocument('readQuestions', path);
  const stem = basename(path, extname(path));
  const shared = file.has('eval_prompt') ? { judgePrompts: { [stem]: judgePrompt(file.get('eval_prompt')) } } : {};
  const placed = lists(file, section).flatMap(({ kind, part }) =>
    part.items('question').flatMap((item, i) => {
      const defaults = { id: `${kind ?? stem}/${i}`, ...(kind !== undefined && { kind }), ...shared };
      return questionEntry(item, defaults, paraphrases === 'first').map((question) => ({ question, item }));
    }),
  );
  const firstOf = new Map<string, number>();
  placed.forEach(({ question: { id }, item }, i) => {
    const first = firstOf.get(id);
    if (first === undefined) firstOf.set(id, i);
    else if (id !== '') item.problem(`id ${id} is that of question ${first + 1} too; expected different ids`);
  });
  file.finish();
  return placed.map(({ question }) => question);
}

/** The lists of questions of a file, with the kind that each is under. */
function lists(file: DocumentPart, section: ReadQuestionsOptions['section']): { kind?: string; part: DocumentPart }[] {
  if (Array.isArray(file.value)) {
    if (section !== undefined) file.problem(`a list; expected a mapping with ${section}`);
    return [{ part: file }];
  }
  file.entries({
    known: ['questions', 'eval_prompts'],
    harmless: ['traits', 'instruction', 'eval_prompt', ...HARMLESS_KEYS],
  });
  if (!file.isMapping) return [];
  const there = (['questions', 'eval_prompts'] as const).filter((name) => file.has(name));
  if (section === undefined && there.length !== 1) {
    const got = there.length === 0 ? 'no list of questions' : 'two lists of questions';
    file.problem(`${got}; expected ${there.length === 0 ? '' : 'section '}questions or eval_prompts`);
    return [];
  }
  const part = file.get(section ?? there[0]);
  if (!part.isMapping) return [{ part }];
  const kinds = part.entries();
  if (kinds.length === 0) part.problem('no questions; expected a list or a mapping of kinds to lists');
  return kinds.map(([kind, list]) => ({ kind, part: list }));
}
