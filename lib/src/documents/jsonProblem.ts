import { oneLine } from './listed';

/** Where and why JSON.parse stopped, in words that do not quote the text and are the same on every engine.
 *
 * @param text   what was parsed
 * @param error  what JSON.parse threw
 */
export function jsonProblem(text: string, error: unknown): string {
  const { message } = error as Error;
  const position = /at position (\d+)/.exec(message);
  if (/end of JSON input/.test(message) || Number(position?.[1]) >= text.length) return 'it ends too early';
  const token = /Unexpected token '([^]+?)'/.exec(message);
  if (position === null) return token === null ? oneLine(message) : `unexpected ${JSON.stringify(token[1])}`;
  const before = text.slice(0, Number(position[1])).split('\n');
  const column = `column ${before[before.length - 1].length + 1}`;
  return text.trimEnd().includes('\n') ? `line ${before.length}, ${column}` : column;
}
