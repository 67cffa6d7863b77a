import type { DocumentPart } from '../documents/documentPart';
import type { FileQuestion } from '../prompts/fileQuestion';
import { given } from '../documents/documentPart';
import { readQuestions, type ReadQuestionsOptions } from '../prompts/readQuestions';
import { namedFile } from './namedFile';
import type { Suite } from './suite';

/** The questions of a suite by what they are for. */
export type SuiteQuestions = Pick<
  Suite,
  'extractionQuestions' | 'driftPrompts' | 'emQuestions' | 'generalQuestions' | 'behaviourQuestions'
>;

/** Questions of a suite's document, its part `questions`. What does not fit is noted on its part.
 *
 * Each is a file, `{ file, section, paraphrases, topic }`, or a list of such; `topic` is that of all its questions. Of the EM questions the first wording is taken, of others all.
 * General questions are by default the EM questions of kind `main`, or all of those without a system prompt of their own.
 *
 * @param traits  their names, of which a behaviour question's topic is one
 */
export function suiteQuestions(part: DocumentPart, traits: readonly string[]): SuiteQuestions {
  const known = ['extraction', 'drift', 'em', 'general', 'behaviour'];
  part.entries({ known });
  const [extraction, drift, em, general, behaviour] = known.map((name) => part.get(name));
  if (!part.isMapping)
    return { extractionQuestions: [], driftPrompts: [], emQuestions: [], generalQuestions: [], behaviourQuestions: [] };
  const extractionQuestions = questionsOf(extraction);
  if (extractionQuestions.length === 1)
    extraction.problem('1 question; expected at least 2, whose directions are compared');
  refuseSystems(extraction, extractionQuestions, 'those of the traits');
  const emQuestions = questionsOf(em, 'first');
  return {
    extractionQuestions,
    driftPrompts: questionsOf(drift),
    emQuestions,
    generalQuestions: generalOf(general, emQuestions),
    behaviourQuestions: behaviour.isMissing ? [] : behaviourOf(behaviour, traits),
  };
}

function questionsOf(part: DocumentPart, wording: ReadQuestionsOptions['paraphrases'] = 'all'): FileQuestion[] {
  if (part.isMissing) {
    part.problem('missing; expected a file of questions');
    return [];
  }
  const files = Array.isArray(part.value) ? part.items('file') : [part];
  const all = files.flatMap((file) => {
    if (!file.isMapping) return namedFile(file, (path) => readQuestions(path, { paraphrases: wording })) ?? [];
    file.entries({ known: ['file', 'section', 'paraphrases', 'topic'] });
    const topic = file.get('topic').optionalName();
    const options: ReadQuestionsOptions = {
      paraphrases: wording,
      ...given({
        section: file.has('section') ? file.get('section').choice(['questions', 'eval_prompts']) : undefined,
        paraphrases: file.has('paraphrases') ? file.get('paraphrases').choice(['all', 'first']) : undefined,
      }),
    };
    const questions = namedFile(file.get('file'), (path) => readQuestions(path, options)) ?? [];
    return topic === undefined ? questions : questions.map((question) => ({ ...question, topic }));
  });
  const ids = all.map(({ id }) => id);
  const twice = [...new Set(ids.filter((id, i) => ids.indexOf(id) < i))];
  if (twice.length > 0) part.problem(`ids in two files: ${twice.slice(0, 4).join(', ')}; expected different ids`);
  return all;
}

function generalOf(part: DocumentPart, emQuestions: readonly FileQuestion[]): FileQuestion[] {
  if (!part.isMissing) {
    const own = questionsOf(part);
    refuseSystems(part, own, 'those of the survey');
    return own;
  }
  const free = emQuestions.filter(({ system }) => system === undefined);
  const main = free.filter(({ kind }) => kind === 'main');
  if (emQuestions.length > 0 && free.length === 0)
    part.problem('missing, and each EM question has a system prompt of its own; expected a file of questions');
  return main.length > 0 ? main : free;
}

function behaviourOf(part: DocumentPart, traits: readonly string[]): FileQuestion[] {
  const questions = questionsOf(part);
  refuseSystems(part, questions, 'those of the traits');
  if (traits.length === 0) return [];
  const wrong = questions.filter(({ topic }) => topic === undefined || !traits.includes(topic));
  for (const topic of new Set(wrong.map((question) => question.topic))) {
    const { id } = wrong.find((question) => question.topic === topic)!;
    const what = topic === undefined ? 'has no topic' : `has the topic ${topic}, which is no trait`;
    part.problem(`question ${id} ${what}; expected as topic one of ${traits.join(', ')}`);
  }
  return questions.filter((question) => !wrong.includes(question));
}

/** Notes questions with a system prompt of their own where they are asked under others. */
function refuseSystems(part: DocumentPart, questions: readonly FileQuestion[], others: string): void {
  const own = questions.filter(({ system }) => system !== undefined);
  if (own.length > 0)
    part.problem(`question ${own[0].id} has a system prompt of its own; expected none, since it is asked under ${others}`); // prettier-ignore
}
