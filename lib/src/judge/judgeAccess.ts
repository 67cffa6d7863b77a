/** Where a judge answers and how to be let in. */
export interface JudgeAccess {
  /** Base URL, "https://api.openai.com/v1"; may hold `user:password@` for a server behind basic authentication. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; never written to a file or a message. */
  readonly key?: string;
}

const OPEN_AI = 'https://api.openai.com/v1';

/** Reads where the judge is: TRAITLAB_JUDGE_URL and TRAITLAB_JUDGE_KEY, else OPENAI_BASE_URL and OPENAI_API_KEY.
 *
 * The two of a pair belong together: the OpenAI key is never sent to another server that TRAITLAB_JUDGE_URL names. A
 * key without a URL is for https://api.openai.com/v1. An empty variable counts as not set.
 *
 * @param env  variables, default those of the process
 * @throws Error if none is set
 */
export function judgeAccess(env: NodeJS.ProcessEnv = process.env): JudgeAccess {
  if (env.TRAITLAB_JUDGE_URL) return { url: env.TRAITLAB_JUDGE_URL, key: env.TRAITLAB_JUDGE_KEY || undefined };
  if (env.TRAITLAB_JUDGE_KEY) return { url: OPEN_AI, key: env.TRAITLAB_JUDGE_KEY };
  if (env.OPENAI_BASE_URL || env.OPENAI_API_KEY) {
    return { url: env.OPENAI_BASE_URL || OPEN_AI, key: env.OPENAI_API_KEY || undefined };
  }
  throw new Error(
    'judgeAccess: no judge is named; expected TRAITLAB_JUDGE_URL and TRAITLAB_JUDGE_KEY (or OPENAI_BASE_URL, OPENAI_API_KEY) in the environment',
  );
}

/** Access to a server that a file names: the file says where, the environment alone has keys.
 *
 * A key is sent only to the server that the environment names it for (its host and port): a file of somebody else gets no
 * key of yours to a place of theirs. A server that wants none needs nothing in the environment.
 *
 * @param url  base URL without user and password
 * @param env  variables, default those of the process
 */
export function namedJudgeAccess(url: string, env: NodeJS.ProcessEnv = process.env): JudgeAccess {
  const named = hasJudge(env) ? judgeAccess(env) : undefined;
  const originOf = (text: string): string | undefined => (URL.canParse(text) ? new URL(text).origin : undefined);
  const isSame = named !== undefined && originOf(named.url) === originOf(url);
  if (!isSame) return { url };
  const { username, password } = new URL(named.url);
  const own = new URL(url);
  [own.username, own.password] = [username, password];
  return { url: own.href, ...(named.key !== undefined && { key: named.key }) };
}

function hasJudge(env: NodeJS.ProcessEnv): boolean {
  return [env.TRAITLAB_JUDGE_URL, env.TRAITLAB_JUDGE_KEY, env.OPENAI_BASE_URL, env.OPENAI_API_KEY].some(Boolean);
}
