import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the fake judge sees it. */
export interface FakeRequest {
  readonly body: { model: string; messages: { content: string }[]; [parameter: string]: unknown };
  readonly headers: IncomingHttpHeaders;
  /** 0 for the first request with this body, 1 for its repetition, … */
  readonly attempt: number;
}

/** What it answers. */
export interface FakeReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text that is sent as it is. */
  readonly body?: unknown;
  readonly delayMs?: number;
}

/** A server of chat completions whose answers a test decides. */
export interface FakeJudge {
  /** Base URL, to be given to the judge. */
  readonly url: string;
  readonly requests: FakeRequest[];
  /** The most requests that were open at the same time. */
  readonly mostOpen: () => number;
  readonly close: () => void;
}

/** Starts one; `reply` is asked about every request. */
export async function fakeJudge(reply: (request: FakeRequest) => FakeReply): Promise<FakeJudge> {
  const requests: FakeRequest[] = [];
  const seen = new Map<string, number>();
  let open = 0;
  let most = 0;
  const server = createServer((req, res) => {
    most = Math.max(most, ++open);
    res.on('close', () => open--);
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      if (req.method !== 'POST') return void res.writeHead(404).end();
      const text = Buffer.concat(chunks).toString('utf8');
      const attempt = seen.get(text) ?? 0;
      seen.set(text, attempt + 1);
      const request = { body: JSON.parse(text) as FakeRequest['body'], headers: req.headers, attempt };
      requests.push(request);
      const isRoute = req.url === '/v1/chat/completions';
      const { status = 200, headers = {}, body, delayMs = 0 } = isRoute ? reply(request) : { status: 404 };
      const send = (): void => {
        res.writeHead(status, { 'Content-Type': 'application/json', ...headers });
        res.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
      };
      if (delayMs > 0) setTimeout(send, delayMs).unref();
      else send();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/v1`, requests, mostOpen: () => most, close };
}

/** A completion as OpenAI sends it.
 *
 * @param probabilities  of the first token's alternatives; without them the reply has no logprobs
 * @param finish  why it ends
 */
export function completion(
  text: string | null,
  probabilities?: Readonly<Record<string, number>>,
  finish = 'stop',
): object {
  const alternatives = Object.entries(probabilities ?? {}).map(([token, p]) => ({ token, logprob: Math.log(p) }));
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'judge-2026-01-01',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        finish_reason: finish,
        logprobs: probabilities ? { content: [{ ...alternatives[0], top_logprobs: alternatives }] } : null,
      },
    ],
    usage: { prompt_tokens: 100, completion_tokens: 2, total_tokens: 102 },
  };
}
