import { yamlText } from '../documents/yamlText';
import { checkIds } from './checkIds';
import type { FileQuestion } from './fileQuestion';
import { given } from '../documents/documentPart';
import { judgePromptProblems } from './judgePrompt';

export interface QuestionsYamlOptions {
  /** What stands at the head of the file. */
  comment?: string;
  /** Make questions `id/0`, `id/1` … that are alike but for their text the paraphrases of one entry (default: each has its
   * own, so that none is passed over where only first paraphrases are read). */
  groupParaphrases?: boolean;
}

/** Questions as the text of a YAML file that `readQuestions` reads back, and the code of the papers.
 *
 * A question without a topic comes back with the id of its entry as topic.
 *
 * @throws Error if there is no question, an id twice, or a judge's prompt that could not be read back
 * @source arXiv 2502.17424 (first_plot_questions.yaml of its code)
 */
export function questionsYaml(
  questions: readonly FileQuestion[],
  { comment, groupParaphrases = false }: QuestionsYamlOptions = {},
): string {
  checkIds('questionsYaml', questions);
  for (const { id, judgePrompts = {} } of questions)
    for (const [name, text] of Object.entries(judgePrompts))
      for (const problem of judgePromptProblems(text))
        throw new Error(`questionsYaml: ${id}: judge prompt ${name}: ${problem.text}`);
  const entries: object[] = [];
  for (let i = 0; i < questions.length;) {
    const n = groupParaphrases ? countParaphrases(questions, i) : 1;
    const { id } = questions[i];
    entries.push(entry(n > 1 ? id.slice(0, -'/0'.length) : id, questions.slice(i, i + n)));
    i += n;
  }
  return yamlText(entries, comment);
}

/** How many questions from the first on are paraphrases of one. */
function countParaphrases(questions: readonly FileQuestion[], start: number): number {
  const { id } = questions[start];
  if (!id.endsWith('/0')) return 1;
  const rest = (q: FileQuestion): string => JSON.stringify({ ...q, id: '', text: '' });
  let n = 1;
  while (
    start + n < questions.length &&
    questions[start + n].id === `${id.slice(0, -1)}${n}` &&
    rest(questions[start + n]) === rest(questions[start])
  )
    n++;
  return n;
}

function entry(id: string, paraphrases: readonly FileQuestion[]): object {
  const { type, topic, kind, system, context, ...asked } = paraphrases[0];
  const opening: object =
    context === undefined || context.length === 0
      ? { system }
      : { context: [...(system === undefined ? [] : [{ role: 'system', content: system }]), ...context] };
  return given({
    id,
    type: type ?? (asked.judgePrompts ? 'free_form_judge_0_100' : 'free_form'),
    topic: topic === id ? undefined : topic,
    kind,
    ...opening,
    paraphrases: paraphrases.map(({ text }) => text),
    samples_per_paraphrase: asked.samplesPerParaphrase,
    temperature: asked.temperature,
    judge: asked.judge,
    judge_prompts: asked.judgePrompts,
  });
}
