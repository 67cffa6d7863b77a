/** A token that the model might have said, with the logarithm of its probability. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
}

/** What a chat-completions server said. */
export interface ChatReply {
  /** The model's words; empty if it gave none. */
  readonly text: string;
  /** Set if the server marks that the model (or a filter) declined. */
  readonly declined?: string;
  /** The first token's most probable alternatives, if the server gave logprobs. */
  readonly firstToken?: readonly TokenLogprob[];
  /** The model that the server says answered. */
  readonly model?: string;
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
}

/** Reads the body of a chat completion; what is not asked about is left out.
 *
 * @throws Error, one line, if it is no completion
 * @source OpenAI API reference, "the chat completion object"
 */
export function parseChatReply(body: unknown): ChatReply {
  const choice = asList(asObject(body).choices)[0];
  const { message, finish_reason: finish, logprobs } = asObject(choice);
  const { content, refusal } = asObject(message);
  if (message === undefined || !(content == null || typeof content === 'string')) {
    throw new Error('no choices[0].message.content; expected a chat completion');
  }
  const declined =
    typeof refusal === 'string' && refusal !== ''
      ? refusal
      : finish === 'content_filter'
        ? 'content filter'
        : undefined;
  const firstToken = asList(asObject(asList(asObject(logprobs).content)[0]).top_logprobs).map((entry) => {
    const { token, logprob } = asObject(entry);
    if (typeof token !== 'string' || typeof logprob !== 'number') {
      throw new Error('a top_logprobs entry without token or logprob; expected a chat completion');
    }
    return { token, logprob };
  });
  const { model, usage } = asObject(body);
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = asObject(usage);
  const hasUsage = typeof promptTokens === 'number' && typeof completionTokens === 'number';
  return {
    text: content ?? '',
    ...(declined === undefined ? {} : { declined }),
    ...(firstToken.length === 0 ? {} : { firstToken }),
    ...(typeof model === 'string' ? { model } : {}),
    ...(hasUsage ? { usage: { promptTokens, completionTokens } } : {}),
  };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
