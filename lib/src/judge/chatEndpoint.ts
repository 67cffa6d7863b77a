import { parseChatReply, type ChatReply } from './chatReply';
import { hideInJson, hideSecrets } from '../documents/hideSecrets';
import { shortLine } from '../documents/listed';
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
  /** Why no server can be reached; undefined if anything answers, whatever it says. No model is asked. */
  readonly unreachable: (options: { timeoutMs: number }) => Promise<CallFailure | undefined>;
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
  const root = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
  const target = `${root}/chat/completions`;
  const where = hide(base.host);
  const headers = authorization === undefined ? undefined : { Authorization: authorization };
  const unanswered = (error: unknown, timeout: AbortSignal, timeoutMs: number): CallFailure => {
    if (timeout.aborted) return { reason: 'timeout', message: `${where}: no answer within ${timeoutMs} ms` };
    const { code, message: text = 'no reason given' } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return { reason: 'network', message: `${where}: the connection failed (${code ?? hide(text)})` };
  };

  const call: ChatEndpoint['call'] = async ({ model, messages, parameters }, { timeoutMs, signal }) => {
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ model, messages, ...parameters }),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      const body = hideInJson(parseOrUndefined(text), hide);
      const reason = said(body === undefined ? hide(pageText(text)) : body);
      const code = codeIn(body);
      if (!response.ok) return failed(where, response, { reason, code });
      // Gateways pass on a model's trouble with status 200 and the status in the body.
      const status = Number(code);
      if (status >= 400 && status < 600)
        return failed(`${where}: status 200 but in it`, { status, headers: response.headers }, { reason, code });
      try {
        if (body === undefined)
          throw new Error(`${text.length} characters that are not JSON; expected a chat completion`);
        return { reply: parseChatReply(body) };
      } catch (error) {
        const message = `${where}: ${(error as Error).message}${reason}`;
        return { failure: { reason: 'malformed', message }, isTransient: true };
      }
    } catch (error) {
      signal?.throwIfAborted();
      return { failure: unanswered(error, timeout, timeoutMs), isTransient: true };
    }
  };
  const unreachable: ChatEndpoint['unreachable'] = async ({ timeoutMs }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(`${root}/models`, { headers, redirect: 'manual', signal: timeout });
      await response.body?.cancel();
      return undefined;
    } catch (error) {
      return unanswered(error, timeout, timeoutMs);
    }
  };
  return { hide, call, unreachable };
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

function failed(
  where: string,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  { reason, code }: { reason: string; code: unknown },
): CallAttempt {
  // A server that does not accept a key may quote parts of it.
  const quoted = status === 401 || status === 403 ? '; expected a key that it accepts' : reason;
  const message = `${where}: status ${status}${quoted}`;
  const retryAfterMs = retryAfter(headers);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  // OpenAI's 429 for an account without money does not pass.
  if (status === 429 && code !== 'insufficient_quota') {
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

/** What the server says went wrong, as one short line in brackets. */
function said(body: unknown): string {
  const line = shortLine(reasonIn(body));
  return line === '' ? '' : ` (${line})`;
}

/** The reason in an error's body: OpenAI's `error.message`, `message` beside it (vLLM, Mistral), `detail` as a text or as a
 * list of what is wrong where (FastAPI), `error` as a text (Ollama), lists of errors (Google, Cloudflare), a choice that was
 * broken off (OpenRouter). */
function reasonIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(reasonIn).filter((reason) => reason !== '').join('; '); // prettier-ignore
  if (typeof value !== 'object' || value === null) return '';
  const parts = value as Record<string, unknown>;
  const names = ['error', 'message', 'detail', 'errors', 'msg', 'error_description', 'title'];
  const found = names.map((name) => (isCompletionPart(parts[name]) ? '' : reasonIn(parts[name])));
  const reason = found.find((text) => text.trim() !== '') ?? '';
  if (reason !== '' && Array.isArray(parts.loc)) return `${parts.loc.join('.')}: ${reason}`;
  return reason === '' && Array.isArray(parts.choices) ? reasonIn(parts.choices) : reason;
}

/** Whether this is the message of a completion, which is no reason. */
function isCompletionPart(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('content' in value || 'role' in value);
}

/** The code of an error: a status, or a name like `insufficient_quota`. */
function codeIn(body: unknown): unknown {
  const first = (Array.isArray(body) ? body[0] : body) as { error?: unknown; object?: unknown; code?: unknown } | null;
  const error = (first?.object === 'error' ? first : first?.error) as { code?: unknown } | null | undefined;
  return typeof error === 'object' && error !== null ? error.code : undefined;
}

/** What a body that is no JSON says: the title of a page, or a plain text. A text with other marks may hold anything. */
function pageText(text: string): string {
  const title = /<title[^>]{0,99}>([^<]{0,999})<\/title>/i.exec(text.slice(0, 10_000));
  if (title) return title[1];
  return /[<>{}&\\]/.test(text) ? '' : text;
}
