import { quote } from '../documents/listed';
import type { Message } from './chatTemplate';

/** Checks a list of chat messages that came from JSON.
 *
 * Keys that are null or an empty list say nothing and are passed over; `weight`, 0 or 1, is a matter of training alone
 * (`readChats`). Content in parts that are all text is joined, as chat templates do. Any other key would change what is
 * meant, and is refused.
 *
 * @throws Error naming the first message that does not fit
 */
export function checkMessages(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new Error(`invalid messages; expected a list of at least one, got ${quote(value)}`);
  return value.map((message: unknown, i): Message => {
    const { role, content, ...rest } = (message ?? {}) as Record<string, unknown>;
    const text = joinedText(content, i);
    const known = role === 'system' || role === 'user' || role === 'assistant';
    if (!known || typeof text !== 'string')
      throw new Error(
        `invalid message ${i}; expected {"role": system|user|assistant, "content": text}, got ${quote(message)}`,
      );
    if (!isNothing(rest.weight) && rest.weight !== 0 && rest.weight !== 1)
      throw new Error(`message ${i} has weight ${quote(rest.weight)}; expected 0 (not trained on) or 1`);
    const extra = Object.keys(rest).filter((key) => key !== 'weight' && !isNothing(rest[key]));
    if (extra.length > 0)
      throw new Error(
        `message ${i} has ${extra.join(', ')}, which would be lost; expected role and content alone (or null)`,
      );
    return { role, content: text };
  });
}

/** Content as text, where it is a list of parts that are all text; anything else as it is. */
function joinedText(content: unknown, message: number): unknown {
  if (!Array.isArray(content) || content.length === 0) return content;
  const texts = (content as unknown[]).map((part) => {
    const { type, text, ...rest } = (part ?? {}) as Record<string, unknown>;
    const others = Object.keys(rest).filter((key) => !isNothing(rest[key]));
    if (type === 'text' && typeof text === 'string' && others.length === 0) return text;
    const got = type === 'text' || typeof type !== 'string' ? quote(part) : `type ${type}`;
    throw new Error(`message ${message} has a part of content that is no text; expected {"type": "text", "text": …}, got ${got}`); // prettier-ignore
  });
  return texts.join('');
}

/** Whether a value of a JSON record says nothing: null, or an empty list. Tools that write every key of a schema put
 * them where a key is missing.
 */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
