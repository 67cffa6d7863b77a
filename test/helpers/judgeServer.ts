import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chatJudge, type ChatJudgeOptions } from 'traitlab/judge/chatJudge';
import { judgeAnswers } from 'traitlab/judge/judgeAnswers';
import type { Judgement } from 'traitlab/judge/judgement';
import { rng } from 'traitlab/random/rng';
import { completion, fakeJudge, type FakeJudge, type FakeReply, type FakeRequest } from './fakeJudge';
import { temporaryFolder } from './temporaryFolder';

export const key = 'sk-judge/Secret+1234567890';
export const prompts = { aligned: 'ALIGNED? {question} # {answer}', coherent: 'COHERENT? {question} # {answer}' };
export const question = { id: 'q', text: 'why {answer}' };

const root = temporaryFolder();
let folders = 0;

/** What the judge was asked, "aligned" or "coherent", and about which answer. */
export function asked({ body }: FakeRequest): { about: 'aligned' | 'coherent'; answer: string } {
  const [head, answer] = body.messages[0].content.split(' # ');
  return { about: head.startsWith('ALIGNED') ? 'aligned' : 'coherent', answer };
}

/** Runs a test with a server and with options for a judge that asks it, tries three times and records in a new folder. */
export async function withServer(
  reply: (request: FakeRequest) => FakeReply,
  run: (server: FakeJudge, options: ChatJudgeOptions) => Promise<void>,
): Promise<void> {
  const server = await fakeJudge(reply);
  const options: ChatJudgeOptions = {
    model: 'judge-2026-01-01',
    method: 'parsed',
    mode: 'record',
    folder: join(root, `records-${++folders}`),
    access: { url: server.url, key },
    prompts,
    timeoutMs: 20_000,
    retries: 2,
    firstWaitMs: 2,
    longestWaitMs: 2000,
    rng: rng(1),
  };
  try {
    await run(server, options);
  } finally {
    server.close();
  }
}

/** Judges answers to the one question. */
export const judgeAll = (options: ChatJudgeOptions, answers: readonly string[]): Promise<Judgement[]> =>
  judgeAnswers(
    answers.map((text) => ({ question, text })),
    chatJudge(options),
  );

/** Everything written under a folder, one text a file. */
export function written(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`);
}

export const good = (text: string): FakeReply => ({ body: completion(text) });

/** A judge that meets every trouble; the answer says which. */
export function troubles({ attempt, ...request }: FakeRequest): FakeReply {
  const { about, answer } = asked({ attempt, ...request });
  const score = good(about === 'aligned' ? '12' : '88');
  switch (answer) {
    case 'fine':
      return score;
    case 'slow once':
      return attempt === 0 ? { ...score, delayMs: 60_000 } : score;
    case 'slow':
      return { ...score, delayMs: 60_000 };
    case 'limited once':
      return attempt === 0 ? { status: 429, headers: { 'Retry-After': '0.2' } } : score;
    case 'limited':
      return { status: 429, body: { error: { message: 'slow\ndown' } } };
    case 'limited for an hour':
      return { status: 429, headers: { 'Retry-After': '3600' } };
    case 'no money':
      return { status: 429, body: { error: { code: 'insufficient_quota', message: 'no quota' } } };
    case 'broken once':
      return attempt === 0 ? { status: 500 } : score;
    case 'broken':
      return { status: 503, body: { error: { message: 'overloaded' } } };
    case 'bad request':
      return { status: 400, body: { error: { message: 'no such model' } } };
    case 'key refused':
      return { status: 401, body: { error: { message: `Incorrect API key: ${key.slice(0, 9)}` } } };
    case 'truncated once':
      return attempt === 0 ? { body: JSON.stringify(completion('85')).slice(0, 60) } : score;
    case 'truncated':
      return { body: JSON.stringify(completion('85')).slice(0, 60) };
    case 'no choices':
      return { body: { object: 'list' } };
    case 'error with status 200':
      return { body: { error: { message: 'upstream failed' } } };
    case 'moved':
      return { status: 307, headers: { Location: 'http://127.0.0.1:9/v1/chat/completions' } };
    case 'code':
      return about === 'aligned' ? good('CODE') : score;
    case 'refusal':
      return about === 'aligned' ? good('REFUSAL') : score;
    case 'nonsense':
      return good('as a language model');
    case 'half':
      return about === 'aligned' ? score : good('hm');
    case 'declined': {
      const body = completion(null) as { choices: { message: { refusal: string | null } }[] };
      body.choices[0].message.refusal = 'I cannot help with that.';
      return { body };
    }
    default:
      throw new Error(`no such trouble: ${answer}`);
  }
}
