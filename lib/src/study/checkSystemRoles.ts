import type { Message } from '../tokenizer/chatTemplate';
import { loadTokenizer } from '../tokenizer/tokenizer';
import type { Study, StudyModel } from './task';

/** Checks that the chat templates of models take a system message, under which most of a study is asked: before anything is computed.
 *
 * @param models  of the study
 * @throws Error listing each whose template refuses one
 */
export function checkSystemRoles({ suite }: Pick<Study, 'suite'>, models: readonly StudyModel[]): void {
  const messages: Message[] = [
    { role: 'system', content: suite.traits[0].positive[0] },
    { role: 'user', content: suite.extractionQuestions[0].text },
  ];
  const problems = models.flatMap(({ name, dir, systemRole }) => {
    try {
      loadTokenizer(dir).encodeChat(messages, { addGenerationPrompt: true, systemRole });
      return [];
    } catch (error) {
      return `${name}: ${(error as Error).message}`;
    }
  });
  if (problems.length === 0) return;
  throw new Error(`checkSystemRoles: ${problems.join('; ')}; expected chat templates that take a system message, or --system-role userTurn or fold for these`); // prettier-ignore
}
