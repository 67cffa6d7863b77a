import type { DocumentPart } from '../documents/documentPart';
import type { Message } from '../tokenizer/chatTemplate';
import { checkMessages } from '../tokenizer/checkMessages';
import { QUESTION_TYPES, type FileQuestion } from './fileQuestion';
import { given, HARMLESS_KEYS } from '../documents/documentPart';
import { judgePrompt } from './judgePrompt';

/** Questions of one entry of a file; what does not fit is noted on the part and gives none.
 *
 * @param defaults     id of an entry that has none, and what all entries share
 * @param isFirstOnly  take only the first paraphrase
 */
export function questionEntry(
  part: DocumentPart,
  defaults: Omit<FileQuestion, 'text'>,
  isFirstOnly: boolean,
): FileQuestion[] {
  if (typeof part.value === 'string') return [{ ...defaults, text: part.text() }];
  if (part.has('paraphrases')) return paraphrased(part, defaults, isFirstOnly);
  if (part.has('messages')) return chat(part, defaults);
  part.problem('no question; expected text, or a mapping with messages or with id and paraphrases');
  return [];
}

function paraphrased(part: DocumentPart, defaults: Omit<FileQuestion, 'text'>, isFirstOnly: boolean): FileQuestion[] {
  const known = 'id paraphrases type samples_per_paraphrase temperature system context judge judge_prompts topic kind';
  part.entries({ known: known.split(' '), harmless: ['results_dir', 'max_tokens', ...HARMLESS_KEYS] });
  const id = part.get('id').name();
  const texts = part.get('paraphrases').texts();
  const type = part.has('type') ? part.get('type').choice(QUESTION_TYPES) : undefined;
  const judgePrompts = part.has('judge_prompts')
    ? Object.fromEntries(
        part
          .get('judge_prompts')
          .entries()
          .map(([name, prompt]) => [name, judgePrompt(prompt)]),
      )
    : undefined;
  if (type?.includes('judge') && Object.keys(judgePrompts ?? {}).length === 0)
    part.problem(`type ${type} without judge_prompts; expected a mapping of names to prompts`);
  if (part.has('system') && part.has('context'))
    part.problem('both system and context; expected the system prompt as first turn of context');
  const asked = {
    type,
    samplesPerParaphrase: part
      .get('samples_per_paraphrase')
      .number((n) => Number.isSafeInteger(n) && n >= 1, 'an integer from 1'),
    temperature: part.get('temperature').number((t) => t >= 0 && t < Infinity, 'a number from 0'),
    system: part.get('system').optionalText(),
    judge: part.get('judge').optionalText(),
    judgePrompts,
    topic: part.get('topic').optionalName() ?? id,
    kind: part.get('kind').optionalName(),
    ...(part.has('context') && opening(messagesOf(part.get('context')))),
  };
  const common = { ...defaults, ...given(asked) };
  return texts
    .slice(0, isFirstOnly ? 1 : undefined)
    .map((text, i, all) => ({ ...common, id: all.length > 1 ? `${id}/${i}` : id, text }));
}

function chat(part: DocumentPart, defaults: Omit<FileQuestion, 'text'>): FileQuestion[] {
  part.entries({ known: ['messages', 'id', 'topic', 'kind', 'addGenerationPrompt'], harmless: HARMLESS_KEYS });
  const prompted = part.get('addGenerationPrompt');
  if (!prompted.isMissing && prompted.value !== true)
    prompted.problem(`${JSON.stringify(prompted.value)}; expected true, since questions are asked to be answered`);
  const named = given({
    id: part.get('id').optionalName(),
    topic: part.get('topic').optionalName(),
    kind: part.get('kind').optionalName(),
  });
  const messages = messagesOf(part.get('messages'));
  const last = messages.at(-1);
  if (last === undefined) return [];
  if (last.role !== 'user' || last.content.trim() === '') {
    part.get('messages').problem(`the last turn is ${last.role === 'user' ? 'blank' : `the ${last.role}'s`}; expected a question of the user`); // prettier-ignore
    return [];
  }
  return [{ ...defaults, ...named, text: last.content, ...opening(messages.slice(0, -1)) }];
}

/** What comes before a question: a leading system prompt apart from the other turns. */
function opening([first, ...rest]: readonly Message[]): Pick<FileQuestion, 'system' | 'context'> {
  if (first === undefined) return {};
  if (first.role !== 'system') return { context: [first, ...rest] };
  return { system: first.content, ...(rest.length > 0 && { context: rest }) };
}

function messagesOf(part: DocumentPart): Message[] {
  try {
    const messages = checkMessages(part.value);
    const late = messages.findIndex(({ role }, i) => role === 'system' && i > 0);
    if (late < 0) return messages;
    part.problem(`a system message at number ${late + 1}; expected at most one, and first`);
  } catch (error) {
    part.problem((error as Error).message);
  }
  return [];
}
