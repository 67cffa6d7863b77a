import {
  extractionQuestions,
  generalQuestions,
  measurementQuestions,
  traitPromptSets,
  type WorldQuestion,
} from './promptSets';
import { ALIGNED_PROMPTS, MISALIGNED_PROMPTS } from './systemPrompts';

/** The prompt sets of the micro world as plain files, by name; they lie in `data/prompts/micro` for people to read.
 *
 * Questions: one JSON object a line with `id`, `topic` and `messages`, as the commands take them. System prompts: JSON.
 */
export function promptFiles(): Record<string, string> {
  const lines = (questions: readonly WorldQuestion[]): string =>
    questions
      .map(({ id, topic, text }) => `${JSON.stringify({ id, topic, messages: [{ role: 'user', content: text }] })}\n`)
      .join('');
  const systemPrompts = { aligned: ALIGNED_PROMPTS, misaligned: MISALIGNED_PROMPTS, traits: traitPromptSets() };
  return {
    'general-questions.jsonl': lines(generalQuestions()),
    'extraction-questions.jsonl': lines(extractionQuestions()),
    'measurement-questions.jsonl': lines(measurementQuestions()),
    'system-prompts.json': `${JSON.stringify(systemPrompts, null, 2)}\n`,
  };
}
