/** Where a judge answers and how to be let in. */
export interface JudgeAccess {
  /** Base URL, "https://api.openai.com/v1"; may hold `user:password@` for a server behind basic authentication. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; never written to a file or a message. */
  readonly key?: string;
}

/** Reads where the judge is: TRAITLAB_JUDGE_URL and TRAITLAB_JUDGE_KEY, else OPENAI_BASE_URL and OPENAI_API_KEY.
 *
 * The two of a pair belong together: the OpenAI key is never sent to another server that TRAITLAB_JUDGE_URL names. A
 * key without a URL is for https://api.openai.com/v1. An empty variable counts as not set.
 *
 * @param env  variables, default those of the process
 * @throws Error if none is set
 */
export function judgeAccess(env: NodeJS.ProcessEnv = process.env): JudgeAccess {
  const openAi = 'https://api.openai.com/v1';
  if (env.TRAITLAB_JUDGE_URL) return { url: env.TRAITLAB_JUDGE_URL, key: env.TRAITLAB_JUDGE_KEY || undefined };
  if (env.TRAITLAB_JUDGE_KEY) return { url: openAi, key: env.TRAITLAB_JUDGE_KEY };
  if (env.OPENAI_BASE_URL || env.OPENAI_API_KEY) {
    return { url: env.OPENAI_BASE_URL || openAi, key: env.OPENAI_API_KEY || undefined };
  }
  throw new Error(
    'judgeAccess: no judge is named; expected TRAITLAB_JUDGE_URL and TRAITLAB_JUDGE_KEY (or OPENAI_BASE_URL, OPENAI_API_KEY) in the environment',
  );
}
