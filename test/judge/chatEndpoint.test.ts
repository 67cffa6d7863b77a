import test from 'node:test';
import assert from 'node:assert/strict';
import { chatEndpoint } from 'traitlab/judge/chatEndpoint';
import { completion, fakeJudge, type FakeReply } from '../helpers/fakeJudge';

/** Failure reason and message of one call, and whether another may help. */
async function failureOf(reply: FakeReply): Promise<string> {
  const server = await fakeJudge(() => reply);
  try {
    const { call } = chatEndpoint({ url: server.url });
    const request = { model: 'm', messages: [{ role: 'user', content: 'x' }], parameters: {} };
    const attempt = await call(request, { timeoutMs: 20_000 });
    if ('reply' in attempt) return `said ${attempt.reply.text}`;
    const { reason, message } = attempt.failure;
    return `${reason}${attempt.isTransient ? ' may pass' : ''}: ${message.replace(/127\.0\.0\.1:\d+: /, '')}`;
  } finally {
    server.close();
  }
}

test('the reason that a server gives is shown, however it shapes it', async () => {
  const cases: readonly (readonly [FakeReply, string])[] = [
    // vLLM, flat; FastAPI, a list and a text; OpenAI; Ollama; llama.cpp.
    [{ status: 400, body: { object: 'error', message: 'top_logprobs must be at most 5', type: 'BadRequestError', code: 400 } }, 'http: status 400 (top_logprobs must be at most 5)'],
    [{ status: 422, body: { detail: [{ loc: ['body', 'top_logprobs'], msg: 'must be at most 5', type: 'value_error' }, { loc: ['body', 'n', 0], msg: 'no' }] } }, 'http: status 422 (body.top_logprobs: must be at most 5; body.n.0: no)'],
    [{ status: 404, body: { detail: 'Not Found' } }, 'http: status 404 (Not Found)'],
    [{ status: 400, body: { error: { message: 'no such\n model', type: 'x', code: 'model_not_found' } } }, 'http: status 400 (no such model)'],
    [{ status: 404, body: { error: "model 'm' not found" } }, "http: status 404 (model 'm' not found)"],
    [{ status: 503, body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } } }, 'http may pass: status 503 (Loading model)'],
    // Mistral: the message holds FastAPI's list; Google: a list of errors; Cloudflare: errors; RFC 9457.
    [{ status: 422, body: { object: 'error', message: { detail: [{ loc: ['body', 'top_logprobs'], msg: 'unknown' }] }, code: null } }, 'http: status 422 (body.top_logprobs: unknown)'],
    [{ status: 400, body: [{ error: { code: 400, message: 'no logprobs', status: 'INVALID_ARGUMENT' } }] }, 'http: status 400 (no logprobs)'],
    [{ status: 400, body: { success: false, errors: [{ code: 7, message: 'a' }, { message: 'b' }], messages: [] } }, 'http: status 400 (a; b)'],
    [{ status: 400, body: { type: 'about:blank', title: 'Bad thing', status: 400 } }, 'http: status 400 (Bad thing)'],
    // A proxy's page, a plain text, and what may hold anything.
    [{ status: 502, body: '<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>' }, 'http may pass: status 502 (502 Bad Gateway)'],
    [{ status: 500, body: 'Internal Server Error\n' }, 'http may pass: status 500 (Internal Server Error)'],
    [{ status: 500, body: '{"error": "cut' }, 'http may pass: status 500'],
    [{ status: 500, body: {} }, 'http may pass: status 500'],
    [{ status: 400, body: { error: { message: 'x'.repeat(200) } } }, `http: status 400 (${'x'.repeat(160)}…)`],
    // A key that is not accepted may be quoted.
    [{ status: 403, body: { message: 'key abc' } }, 'http: status 403; expected a key that it accepts'],
  ]; // prettier-ignore
  for (const [reply, expected] of cases) assert.equal(await failureOf(reply), expected);
});

test('an error with status 200 counts as what its code says', async () => {
  const broken = completion('8') as { choices: object[] };
  const cases: readonly (readonly [unknown, string])[] = [
    [{ error: { code: 429, message: 'slow down' } }, 'rateLimit may pass: status 200 but in it: status 429 (slow down)'],
    [{ error: { code: '400', message: 'too long' } }, 'http: status 200 but in it: status 400 (too long)'],
    [{ object: 'error', message: 'gone', code: 500 }, 'http may pass: status 200 but in it: status 500 (gone)'],
    [{ error: 'out of memory' }, 'malformed may pass: no choices[0].message.content; expected a chat completion (out of memory)'],
    [{ error: { code: 401, message: 'key abc' } }, 'http: status 200 but in it: status 401; expected a key that it accepts'],
    [{ ...broken, choices: [{ ...broken.choices[0], finish_reason: 'error', error: { code: 502, message: 'upstream' } }] }, 'malformed may pass: the server broke its reply off; expected a whole chat completion (upstream)'],
    ['<html><title>Sign in</title></html>', 'malformed may pass: 35 characters that are not JSON; expected a chat completion (Sign in)'],
    [{ ...completion('85'), error: null }, 'said 85'],
  ]; // prettier-ignore
  for (const [body, expected] of cases) assert.equal(await failureOf({ body }), expected);
});

test('a server is out of reach where nothing answers; one that answers anything is there, and is asked to judge nothing', async () => {
  const server = await fakeJudge(() => ({}));
  const { unreachable } = chatEndpoint({ url: server.url });
  assert.equal(await unreachable({ timeoutMs: 20_000 }), undefined);
  assert.equal(server.requests.length, 0);
  server.close();
  const failure = await unreachable({ timeoutMs: 20_000 });
  assert.equal(failure?.reason, 'network');
  assert.match(failure.message, /^127\.0\.0\.1:\d+: the connection failed \(ECONNREFUSED\)$/);
});
