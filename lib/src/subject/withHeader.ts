import { listed } from '../documents/listed';
import { tokenizerOf, type Subject } from './model';
import type { TokenSample } from './positions';

/** Samples whose answers begin with their header: the tokens of the template's generation prompt count as response, too.
 *
 * A response of ours begins with the first token that the model writes. The released code of arXiv 2506.11618 begins right after the user's
 * turn, as with this.
 *
 * @param samples  with a response mask
 * @returns        the same tokens, the mask of each response longer at its beginning by the header
 * @throws Error if the template has no generation prompt, and listing every sample before whose answer there is none
 * @source arXiv 2506.11618, released code (get_probe_texts)
 * @check test/subject/adapterScalars.test.ts
 */
export function withHeader(model: Subject, samples: readonly TokenSample[]): Required<TokenSample>[] {
  const tokenizer = tokenizerOf('withHeader', model);
  const { systemRole } = model;
  const chat = [{ role: 'user', content: '-' }] as const;
  const [bare, prompted] = [false, true].map((addGenerationPrompt) =>
    tokenizer.encodeChat(chat, { addGenerationPrompt, systemRole }),
  );
  const differs = prompted.findIndex((token, i) => token !== bare[i]);
  if (differs < 0)
    throw new Error('withHeader: the chat template has no generation prompt; expected the header of an answer');
  const header = prompted.slice(differs);
  const problems: string[] = [];
  const extended = samples.map(({ tokens, responseMask = [] }, i) => {
    const mask = tokens.map((_, at) => responseMask[at] === true);
    tokens.forEach((_, at) => {
      if (responseMask[at] !== true || responseMask[at - 1] === true) return;
      const start = at - header.length;
      if (start < 0 || header.some((token, k) => tokens[start + k] !== token))
        problems.push(`sample ${i}: no header before the answer at token ${at}`);
      else mask.fill(true, start, at);
    });
    if (!mask.includes(true)) problems.push(`sample ${i}: no answer`);
    return { tokens, responseMask: mask };
  });
  if (problems.length > 0)
    throw new Error(`withHeader: ${listed(problems)}; expected chats of the model's own template with answers in them`);
  return extended;
}
