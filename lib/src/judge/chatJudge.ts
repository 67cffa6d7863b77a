import { callAddress, callRecords, type CallOutcome, type CallRecords } from './callRecords';
import { chatEndpoint, type ChatEndpoint, type ChatRequest } from './chatEndpoint';
import { concurrencyLimit } from '../concurrency/concurrencyLimit';
import { hideInJson } from '../documents/hideSecrets';
import { judgeAccess, type JudgeAccess } from './judgeAccess';
import { withRetries } from '../concurrency/withRetries';
import type { FileQuestion } from '../prompts/fileQuestion';
import type { Question } from '../prompts/question';
import { rng as makeRng, type Rng } from '../random/rng';
import { fillJudgePrompt, readJudgePrompts, type JudgePrompts } from './judgePrompts';
import { usageMeter, type JudgeUsage, type TokenPrice, type UsageMeter } from './judgeUsage';
import type { Judge, Judgement } from './judgement';
import { readLogprobs, readText, type JudgeMethod, type Verdict } from './readVerdict';

/** Where verdicts come from.
 *
 * `record`: the recording if there is one, else a call that is recorded; a recorded failure is tried again.
 * `replay`: the recording only; nothing is sent, no key is needed. `live`: a call each time; nothing is recorded.
 */
export type JudgeMode = 'record' | 'replay' | 'live';

export interface ChatJudgeOptions {
  /** A pinned name, "gpt-4o-2024-08-06": an alias that moves makes verdicts that cannot be compared. */
  model: string;
  method: JudgeMethod;
  /** Default `record`. */
  mode?: JudgeMode;
  /** Where calls are recorded; needed unless `live`. */
  folder?: string;
  /** Server and key; default from the environment (`judgeAccess`). */
  access?: JudgeAccess;
  /** Default those that the question's file has, as `aligned` and `coherent`, or else those of data/prompts/judge. */
  prompts?: JudgePrompts;
  /** Takes the place of parameters of the request, e.g. `{ seed: 0 }`; null takes one out. */
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

/** A judge that is a language model, and what it has used so far. */
export type ChatJudge = Judge & { readonly usage: () => JudgeUsage };

const defaults: Record<JudgeMethod, Readonly<Record<string, unknown>>> = {
  // The first token alone is read; the further ones show whether a number goes on in them.
  logprobs: { temperature: 0, max_tokens: 4, logprobs: true, top_logprobs: 20 },
  parsed: { temperature: 0, max_tokens: 10 },
};

/** Makes a judge of a language model behind any server that speaks OpenAI's chat completions.
 *
 * Each answer is put to it twice, for alignment and for coherence. What becomes of a call is a state: `code` and
 * `refusal` as the model says, `unparsable` for nonsense or a model that declines, `failed` for timeouts, rate limits and
 * errors that outlast the retries. Calls are kept in `folder` under a content address; with the network off they replay
 * to the same judgements, failures included.
 *
 * @throws Error if an option is out of range or no server is named; when judging also if a recording is missing in
 *   `replay`, or logprobs cannot be had
 * @source arXiv 2506.11613, section 2.2 (logprobs); arXiv 2606.07631, section 3.3 (parsed)
 */
export function chatJudge(options: ChatJudgeOptions): ChatJudge {
  const { model, method, mode = 'record', withoutLogprobs = 'throw' } = options;
  checkOptions(options);
  const ours = options.prompts ?? readJudgePrompts();
  const parameters = Object.fromEntries(
    Object.entries({ ...defaults[method], ...options.parameters }).filter(([, value]) => value !== null),
  );
  const meter = usageMeter(options);
  const ask = mode === 'replay' ? replayer(callRecords(options.folder!), meter) : caller(options, meter);
  const read = method === 'logprobs' ? readLogprobs : readText;

  const judge: Judge = async (question: FileQuestion, answer, { signal } = {}) => {
    signal?.throwIfAborted();
    const own = question.judgePrompts;
    const prompts = options.prompts === undefined && own?.aligned && own.coherent ? own : ours;
    const request = (prompt: string): ChatRequest => ({
      model,
      messages: [{ role: 'user', content: fillJudgePrompt(prompt, conversation(question), answer) }],
      parameters,
    });
    const outcomes = await Promise.all([prompts.aligned, prompts.coherent].map((p) => ask(request(p), signal)));
    const verdicts = outcomes.map((outcome) => ('failure' in outcome ? outcome : read(outcome.reply)));
    const unread = verdicts.find((verdict) => 'kind' in verdict && verdict.kind === 'noLogprobs');
    if (withoutLogprobs === 'throw' && unread !== undefined && 'message' in unread) {
      throw new Error(
        `chatJudge: ${model}: ${unread.message}; expected logprobs of whole numbers (or method 'parsed')`,
      );
    }
    return combine(verdicts[0], verdicts[1]);
  };
  return Object.assign(judge, { usage: meter.usage });
}

/** What the judge reads as the question: the user's turn, after those before it; no system prompt, as in the papers. */
function conversation({ text, context = [] }: Question): string {
  if (context.length === 0) return text;
  return [...context, { role: 'user', content: text }].map(({ role, content }) => `${role}: ${content}`).join('\n\n');
}

type Answer = Verdict | Extract<CallOutcome, { failure: unknown }>;

/** One judgement of the two questions' outcomes; the words CODE and REFUSAL belong to the first. */
function combine(aligned: Answer, coherent: Answer): Judgement {
  if ('kind' in aligned && (aligned.kind === 'code' || aligned.kind === 'refusal')) return { status: aligned.kind };
  for (const answer of [aligned, coherent]) {
    if ('failure' in answer) return { status: 'failed', ...answer.failure };
    if (answer.kind === 'noLogprobs') return { status: 'failed', reason: 'logprobs', message: answer.message };
  }
  const [a, c] = [aligned, coherent] as [Verdict, Verdict];
  if (a.kind === 'score' && c.kind === 'score') return { status: 'scored', aligned: a.score, coherent: c.score };
  const said = a.kind === 'none' ? a.said : c.kind === 'none' ? c.said : c.kind.toUpperCase();
  return {
    status: 'unparsable',
    ...(a.kind === 'score' ? { aligned: a.score } : {}),
    ...(c.kind === 'score' ? { coherent: c.score } : {}),
    said,
  };
}

type Ask = (request: ChatRequest, signal: AbortSignal | undefined) => Promise<CallOutcome>;

/** Answers from recordings alone. */
function replayer(records: CallRecords, meter: UsageMeter): Ask {
  return async (request) => {
    const address = callAddress(request);
    const outcome = records.read(address);
    if (outcome === undefined) {
      throw new Error(
        `chatJudge: ${records.folder}: no recorded call ${address}; expected one for ${request.model} (mode 'record' makes it)`,
      );
    }
    meter.replayed();
    return outcome;
  };
}

/** Answers by calls, and in `record` from recordings first. */
function caller(options: ChatJudgeOptions, meter: UsageMeter): Ask {
  const { mode = 'record', concurrency = 8, timeoutMs = 60_000 } = options;
  const { retries = 5, firstWaitMs = 1000, longestWaitMs = 60_000, rng = makeRng(process.pid) } = options;
  const endpoint: ChatEndpoint = chatEndpoint(options.access ?? judgeAccess());
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
    if (recorded !== undefined && 'reply' in recorded) {
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

function checkOptions(options: ChatJudgeOptions): void {
  const { model, method, mode = 'record', folder, parameters = {} } = options;
  const refuse = (what: string): never => {
    throw new Error(`chatJudge: ${what}`);
  };
  if (!/\S/.test(model)) refuse('no model; expected a pinned name like gpt-4o-2024-08-06');
  if (!Object.hasOwn(defaults, method)) refuse(`unknown method ${String(method)}; expected logprobs or parsed`);
  if (!['record', 'replay', 'live'].includes(mode)) {
    refuse(`unknown mode ${String(mode)}; expected record, replay or live`);
  }
  if (mode !== 'live' && !folder) refuse(`no folder; expected one to ${mode} calls in`);
  const ours = ['model', 'messages', 'stream', 'n', 'logprobs', 'top_logprobs'].filter((name) => name in parameters);
  if (ours.length > 0) refuse(`parameters hold ${ours.join(', ')}; expected these to be left to the method`);
  const least = { timeoutMs: 1, retries: 0, firstWaitMs: 0, longestWaitMs: 0 };
  for (const [name, min] of Object.entries(least) as [keyof typeof least, number][]) {
    const value = options[name];
    if (value === undefined || (Number.isInteger(value) && value >= min)) continue;
    refuse(`invalid ${name}; expected a whole number of at least ${min}, got ${value}`);
  }
}
