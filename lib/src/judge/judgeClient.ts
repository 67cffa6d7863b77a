import { callAddress, callRecords, type CallOutcome, type CallRecords } from './callRecords';
import { chatEndpoint, type ChatRequest } from './chatEndpoint';
import type { ChatReply } from './chatReply';
import { concurrencyLimit } from '../concurrency/concurrencyLimit';
import { withRetries } from '../concurrency/withRetries';
import { hideInJson } from '../documents/hideSecrets';
import { rng as makeRng, type Rng } from '../random/rng';
import { judgeAccess, type JudgeAccess } from './judgeAccess';
import type { JudgeProblem } from './judgement';
import { usageMeter, type JudgeUsage, type TokenPrice, type UsageMeter } from './judgeUsage';
import { readLogprobs, readText, type JudgeMethod, type Verdict } from './readVerdict';

/** Where verdicts come from.
 *
 * `record`: the recording if there is one, else a call that is recorded; a recorded failure is tried again.
 * `replay`: the recording only; nothing is sent, no key is needed. `live`: a call each time; nothing is recorded.
 */
export type JudgeMode = 'record' | 'replay' | 'live';

/** A language model that judges: which, where, how it is called and how its replies are read. */
export interface JudgeClientOptions {
  /** A pinned name, "gpt-4o-2024-08-06": an alias that moves makes verdicts that cannot be compared. */
  model: string;
  method: JudgeMethod;
  /** Default `record`. */
  mode?: JudgeMode;
  /** Where calls are recorded; needed unless `live`. */
  folder?: string;
  /** Server and key; default from the environment (`judgeAccess`). */
  access?: JudgeAccess;
  /** Takes the place of parameters of the request, e.g. `{ seed: 0 }`; null takes one out. A model that reasons needs a
   * larger `max_tokens` (default 10). */
  parameters?: Readonly<Record<string, unknown>>;
  /** If logprobs are asked for and cannot be had: `throw` (default), or the state `failed` for each answer. */
  withoutLogprobs?: 'throw' | 'failed';
  /** Calls side by side, default 8. */
  concurrency?: number;
  /** For one attempt, default 60 000. */
  timeoutMs?: number;
  /** Attempts after the first, default 5; the waits start at firstWaitMs (1000) and double up to longestWaitMs (60 000). */
  retries?: number;
  firstWaitMs?: number;
  longestWaitMs?: number;
  /** Spreads the waits; by default each process has its own. */
  rng?: Rng;
  price?: TokenPrice;
  /** Told after each call. */
  onCall?: (usage: JudgeUsage) => void;
}

/** What came of a question to the judge. */
export type JudgeReply = Exclude<Verdict, { kind: 'noLogprobs' }> | ({ readonly kind: 'failed' } & JudgeProblem);

/** Puts questions to a language model and reads what it says; what the judges share. */
export interface JudgeClient {
  /** What the model says to each prompt, all asked side by side. */
  readonly ask: (prompts: readonly string[], signal?: AbortSignal) => Promise<JudgeReply[]>;
  readonly usage: () => JudgeUsage;
}

const defaults: Record<JudgeMethod, Readonly<Record<string, unknown>>> = {
  // The first token alone is read; the further ones show whether a number goes on in them.
  logprobs: { temperature: 0, max_tokens: 4, logprobs: true, top_logprobs: 20 },
  parsed: { temperature: 0, max_tokens: 10 },
};

/** Parameters of a request that the client sets itself. */
export const FIXED_PARAMETERS = ['model', 'messages', 'stream', 'n', 'logprobs', 'top_logprobs'];

/** Opens a judge's client; nothing is sent yet. Calls are kept in `folder` under a content address.
 *
 * @param where  the caller, for messages
 * @throws Error if an option is out of range or no server is named; when asked also if a recording is missing or stale in
 *   `replay`, or logprobs cannot be had
 */
export function judgeClient(where: string, options: JudgeClientOptions): JudgeClient {
  const { model, method, mode = 'record', withoutLogprobs = 'throw' } = options;
  checkOptions(where, options);
  const parameters = Object.fromEntries(
    Object.entries({ ...defaults[method], ...options.parameters }).filter(([, value]) => value !== null),
  );
  const meter = usageMeter(options);
  const send = mode === 'replay' ? replayer(where, callRecords(options.folder!), meter) : caller(options, meter);
  const read = method === 'logprobs' ? readLogprobs : readText;

  const replyOf = (outcome: CallOutcome): JudgeReply => {
    if ('failure' in outcome) return { kind: 'failed', ...outcome.failure };
    const verdict = read(outcome.reply);
    if (verdict.kind !== 'noLogprobs') return verdict;
    if (withoutLogprobs === 'failed') return { kind: 'failed', reason: 'logprobs', message: verdict.message };
    const expected = "expected logprobs of whole numbers (or method 'parsed')";
    throw new Error(`${where}: ${model}: ${verdict.message}; ${expected}`);
  };
  return {
    usage: meter.usage,
    ask: async (prompts, signal) => {
      signal?.throwIfAborted();
      const requests = prompts.map((content) => ({ model, messages: [{ role: 'user', content }], parameters }));
      return (await Promise.all(requests.map((request) => send(request, signal)))).map(replyOf);
    },
  };
}

type Send = (request: ChatRequest, signal: AbortSignal | undefined) => Promise<CallOutcome>;

/** Answers from recordings alone. */
function replayer(where: string, records: CallRecords, meter: UsageMeter): Send {
  return async (request) => {
    const address = callAddress(request);
    const outcome = records.read(address);
    const refuse = (what: string): Error =>
      new Error(`${where}: ${records.folder}: ${what}; expected one for ${request.model} (mode 'record' makes it)`);
    if (outcome === undefined) throw refuse(`no recorded call ${address}`);
    if ('reply' in outcome && isStale(outcome.reply))
      throw refuse(`the recorded call ${address} does not say how its reply ended, as recordings now do`);
    meter.replayed();
    return outcome;
  };
}

/** Whether a recording was made before replies kept why they end, and may be read otherwise now than then. */
function isStale({ finish, text, declined, firstToken }: ChatReply): boolean {
  if (finish !== undefined || declined !== undefined) return false;
  return firstToken === undefined ? !/^\s*(\d{1,3}|CODE|REFUSAL)\s*$/.test(text) : text.trim() === '';
}

/** Answers by calls, and in `record` from recordings first. */
function caller(options: JudgeClientOptions, meter: UsageMeter): Send {
  const { mode = 'record', concurrency = 8, timeoutMs = 60_000 } = options;
  const { retries = 5, firstWaitMs = 1000, longestWaitMs = 60_000, rng = makeRng(process.pid) } = options;
  const endpoint = chatEndpoint(options.access ?? judgeAccess());
  const limit = concurrencyLimit(concurrency);
  const records = mode === 'record' ? callRecords(options.folder!) : undefined;
  const underWay = new Map<string, Promise<CallOutcome>>();

  const call = (request: ChatRequest, signal: AbortSignal | undefined): Promise<CallOutcome> =>
    limit(async () => {
      signal?.throwIfAborted();
      const onRetry = meter.retried;
      const result = await withRetries(() => endpoint.call(request, { timeoutMs, signal }), {
        retries,
        firstWaitMs,
        longestWaitMs,
        rng,
        signal,
        onRetry,
      });
      const outcome = 'reply' in result ? { reply: result.reply } : { failure: result.failure };
      records?.write(request, outcome);
      meter.called(outcome);
      return outcome;
    });
  return async (plain, signal) => {
    // The key may stand in an answer that is judged; then it goes neither out nor into a file.
    const request = hideInJson(plain, endpoint.hide) as ChatRequest;
    if (records === undefined) return call(request, signal);
    const address = callAddress(request);
    const recorded = records.read(address);
    if (recorded !== undefined && 'reply' in recorded && !isStale(recorded.reply)) {
      meter.replayed();
      return recorded;
    }
    // The same answer to the same question is judged once; if whoever asked first gave up, it is asked again.
    const running = underWay.get(address);
    if (running !== undefined) return running.catch(() => call(request, signal));
    const own = call(request, signal).finally(() => underWay.delete(address));
    underWay.set(address, own);
    return own;
  };
}

function checkOptions(where: string, options: JudgeClientOptions): void {
  const { model, method, mode = 'record', folder, parameters = {} } = options;
  const refuse = (what: string): never => {
    throw new Error(`${where}: ${what}`);
  };
  if (!/\S/.test(model)) refuse('no model; expected a pinned name like gpt-4o-2024-08-06');
  if (!Object.hasOwn(defaults, method)) refuse(`unknown method ${String(method)}; expected logprobs or parsed`);
  if (!['record', 'replay', 'live'].includes(mode)) {
    refuse(`unknown mode ${String(mode)}; expected record, replay or live`);
  }
  if (mode !== 'live' && !folder) refuse(`no folder; expected one to ${mode} calls in`);
  const ours = FIXED_PARAMETERS.filter((name) => name in parameters);
  if (ours.length > 0) refuse(`parameters hold ${ours.join(', ')}; expected these to be left to the method`);
  const least = { timeoutMs: 1, retries: 0, firstWaitMs: 0, longestWaitMs: 0 };
  for (const [name, min] of Object.entries(least) as [keyof typeof least, number][]) {
    const value = options[name];
    if (value === undefined || (Number.isInteger(value) && value >= min)) continue;
    refuse(`invalid ${name}; expected a whole number of at least ${min}, got ${value}`);
  }
}
