import { parseChatReply, type ChatReply } from './chatReply';
import { hideInJson, hideSecrets } from '../documents/hideSecrets';
import type { JudgeAccess } from './judgeAccess';

/** A question to a language model, without anything that says where it runs or who asks. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  /** Everything else of the request's body: temperature, max_tokens, logprobs, … */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Why a call gave no reply.
 *
 * `timeout`: none in time. `rateLimit`: the server wants fewer calls (429). `http`: another error status. `network`: no
 * connection. `malformed`: what came is no chat completion.
 */
export interface CallFailure {
  readonly reason: 'timeout' | 'rateLimit' | 'http' | 'network' | 'malformed';
  /** One line, free of keys. */
  readonly message: string;
}

/** What came of one attempt to call. */
export type CallAttempt =
  | { readonly reply: ChatReply }
  | {
      readonly failure: CallFailure;
      /** Whether another attempt may help. */
      readonly isTransient: boolean;
      /** How long the server asks to wait. */
      readonly retryAfterMs?: number;
    };

/** A server that speaks OpenAI's chat completions; its key is in nothing that can be read from it. */
export interface ChatEndpoint {
  /** The text without the key. */
  readonly hide: (text: string) => string;
  /** One attempt; throws only the signal's reason. */
  readonly call: (request: ChatRequest, options: { timeoutMs: number; signal?: AbortSignal }) => Promise<CallAttempt>;
}

/** Opens a chat-completions server; nothing is sent yet.
 *
 * A user and password in the URL become basic authentication. Redirects are not followed, so the key goes nowhere else.
 *
 * @throws Error if the URL is none, holds a query, or comes with both a key and a password; no message holds the URL
 */
export function chatEndpoint({ url, key }: JudgeAccess): ChatEndpoint {
  const base = parseUrl(url);
  const [user, password] = [base.username, base.password].map(decodeURIComponent);
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  const hasLogin = user !== '' || password !== '';
  checkSecret('key', key, /^[!-~]{4,}$/);
  if (hasLogin) checkSecret('password', password || user, /^.{4,}$/);
  if (hasLogin && key !== undefined) {
    throw new Error('chatEndpoint: the URL holds a user and there is a key as well; expected one of the two');
  }
  const login = hasLogin ? [`${user}:${password}`, password || user, base.password || base.username, basic] : [];
  const hide = hideSecrets(key === undefined ? login : [key]);
  const authorization = key !== undefined ? `Bearer ${key}` : hasLogin ? `Basic ${basic}` : undefined;
  const target = `${base.origin}${base.pathname.replace(/\/+$/, '')}/chat/completions`;
  const where = hide(base.host);

  const call: ChatEndpoint['call'] = async ({ model, messages, parameters }, { timeoutMs, signal }) => {
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...(authorization && { Authorization: authorization }) },
        body: JSON.stringify({ model, messages, ...parameters }),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      const body = hideInJson(parseOrUndefined(text), hide);
      if (!response.ok) return failed(where, response, body);
      try {
        if (body === undefined)
          throw new Error(`${text.length} characters that are not JSON; expected a chat completion`);
        return { reply: parseChatReply(body) };
      } catch (error) {
        const message = `${where}: ${(error as Error).message}${said(body)}`;
        return { failure: { reason: 'malformed', message }, isTransient: true };
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) {
        const message = `${where}: no answer within ${timeoutMs} ms`;
        return { failure: { reason: 'timeout', message }, isTransient: true };
      }
      const { code, message: text = 'no reason given' } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      const message = `${where}: the connection failed (${code ?? hide(text)})`;
      return { failure: { reason: 'network', message }, isTransient: true };
    }
  };
  return { hide, call };
}

function parseUrl(text: string): URL {
  // The message of URL's own error holds the text, and with it the password.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBroken = /%(?![0-9a-f]{2})/i.test(`${url?.username}${url?.password}`);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || isBroken) {
    throw new Error('chatEndpoint: the URL of the judge is no web address; expected one like https://host/v1');
  }
  if (url.search !== '' || url.hash !== '') {
    throw new Error('chatEndpoint: the URL of the judge goes on after its path; expected one like https://host/v1');
  }
  return url;
}

/** A key must fit into a header, and every secret be long enough to be told from other text. */
function checkSecret(what: string, secret: string | undefined, form: RegExp): void {
  if (secret === undefined || form.test(secret)) return;
  throw new Error(`chatEndpoint: the judge's ${what} is malformed; expected at least 4 printable characters`);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(where: string, { status, headers }: Response, body: unknown): CallAttempt {
  // A server that does not accept a key may quote parts of it.
  const quoted = status === 401 || status === 403 ? '; expected a key that it accepts' : said(body);
  const message = `${where}: status ${status}${quoted}`;
  const retryAfterMs = retryAfter(headers);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  // OpenAI's 429 for an account without money does not pass.
  if (status === 429 && errorOf(body).code !== 'insufficient_quota') {
    return { failure: { reason: 'rateLimit', message }, isTransient: true, ...wait };
  }
  return { failure: { reason: 'http', message }, isTransient: status === 408 || status >= 500, ...wait };
}

/** Retry-After in milliseconds: seconds, or a date, which is compared with the server's own. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/** What the server says went wrong, as one short line. */
function said(body: unknown): string {
  const { message } = errorOf(body);
  if (typeof message !== 'string' || message.trim() === '') return '';
  const line = message.trim().replace(/\s+/g, ' ');
  return ` (${line.length > 160 ? `${line.slice(0, 160)}…` : line})`;
}

function errorOf(body: unknown): { message?: unknown; code?: unknown } {
  const error = typeof body === 'object' && body !== null ? (body as { error?: unknown }).error : undefined;
  return typeof error === 'object' && error !== null ? error : typeof error === 'string' ? { message: error } : {};
}
