import { createHmac, randomUUID } from 'node:crypto';

/** One message of Jupyter's wire protocol 5.3. */
export interface JupyterMessage {
  /** Routing prefix of a request; replies repeat it. */
  identities: Buffer[];
  header: { msg_id: string; msg_type: string; session: string; username: string; date: string; version: string };
  parent: Record<string, unknown>;
  content: Record<string, unknown>;
}

const delimiter = Buffer.from('<IDS|MSG>');

/** Reads a message from its frames.
 *
 * @throws Error if the delimiter is missing or the signature is wrong
 */
export function parseMessage(key: string, frames: readonly Buffer[]): JupyterMessage {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  if (at < 0) throw new Error('parseMessage: missing delimiter; expected <IDS|MSG>');
  const [signature, ...parts] = frames.slice(at + 1);
  const expected = sign(key, parts.slice(0, 4));
  if (signature.toString() !== expected)
    throw new Error('parseMessage: wrong signature; expected one made with the key');
  const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()) as Record<string, unknown>);
  return { identities: frames.slice(0, at), header: header as JupyterMessage['header'], parent, content };
}

/** The frames of a message that answers `request`. */
export function messageFrames(
  key: string,
  type: string,
  content: unknown,
  request: JupyterMessage,
): (Buffer | string)[] {
  const { session, username } = request.header;
  const header = {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username,
    date: new Date().toISOString(),
    version: '5.3',
  };
  const parts = [header, request.header, {}, content].map((part) => JSON.stringify(part));
  return [...request.identities, delimiter, sign(key, parts), ...parts];
}

function sign(key: string, parts: readonly (Buffer | string)[]): string {
  if (key === '') return '';
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}
