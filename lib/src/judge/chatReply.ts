/** A token that the model might have said, with the logarithm of its probability. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
}

/** What a chat-completions server said. */
export interface ChatReply {
  /** The model's words; empty if it gave none. */
  readonly text: string;
  /** What the server keeps apart as the model's reasoning. */
  readonly reasoning?: string;
  /** Why the reply ends, in the server's word ("stop", "length"); null if it does not say. Recordings made before it was
   * kept lack it. */
  readonly finish?: string | null;
  /** Set if the server marks that the model (or a filter) declined. */
  readonly declined?: string;
  /** The first token's most probable alternatives, if the server gave logprobs. */
  readonly firstToken?: readonly TokenLogprob[];
  /** The model that the server says answered. */
  readonly model?: string;
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
}

/** Whether the model had to stop before it was done: the token limit was reached. */
export function isCutOff({ finish }: ChatReply): boolean {
  // OpenAI's word and those that gateways pass on: Mistral's, Anthropic's and Gemini's, OpenAI's of its responses.
  return ['length', 'model_length', 'max_tokens', 'max_output_tokens'].includes(finish?.toLowerCase() ?? '');
}

/** Reads the body of a chat completion; what is not asked about is left out.
 *
 * The content may be a list of parts: texts are joined, thinking is reasoning. Logprobs may be those of older servers, a
 * mapping of tokens.
 *
 * @throws Error, one line, if it is no completion, or the server broke it off
 * @source OpenAI API reference, "the chat completion object"; Mistral API reference (content as chunks); vLLM and
 *   OpenRouter (`reasoning_content`, `reasoning`; finish reasons `abort`, `error`)
 */
export function parseChatReply(body: unknown): ChatReply {
  const choice = asObject(asList(asObject(body).choices)[0]);
  const { message, finish_reason: reason, logprobs } = choice;
  if (typeof message !== 'object' || message === null) throw unlike();
  const { content, refusal, reasoning_content: kept, reasoning: said, thinking } = message as Record<string, unknown>;
  const finish = typeof reason === 'string' ? reason : null;
  if (choice.error != null || finish === 'error' || finish === 'abort')
    throw new Error('the server broke its reply off; expected a whole chat completion');
  const parts = contentParts(content);
  const textOf = (kind: keyof Parts): string => parts.map((part) => part[kind] ?? '').join('');
  const apart = [textOf('reasoning'), kept, said, thinking].find((text) => typeof text === 'string' && text !== '');
  const refused = typeof refusal === 'string' && refusal !== '' ? refusal : textOf('refusal');
  const declined = refused !== '' ? refused : finish === 'content_filter' ? 'content filter' : undefined;
  const firstToken = firstTokenOf(asObject(logprobs));
  const { model, usage } = asObject(body);
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = asObject(usage);
  const hasUsage = typeof promptTokens === 'number' && typeof completionTokens === 'number';
  return {
    text: textOf('text'),
    ...(typeof apart === 'string' ? { reasoning: apart } : {}),
    finish,
    ...(declined === undefined ? {} : { declined }),
    ...(firstToken.length === 0 ? {} : { firstToken }),
    ...(typeof model === 'string' ? { model } : {}),
    ...(hasUsage ? { usage: { promptTokens, completionTokens } } : {}),
  };
}

interface Parts {
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
}

/** Text, nothing, or a list of parts that name their type; parts that are neither text nor thinking say nothing. */
function contentParts(content: unknown): Parts[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ text: content }];
  if (!Array.isArray(content)) throw unlike();
  return content.map((part: unknown): Parts => {
    if (typeof part === 'string') return { text: part };
    const { type, text, thinking, reasoning, refusal } = asObject(part);
    switch (type) {
      case 'text':
      case 'output_text':
        if (typeof text !== 'string') throw unlike();
        return { text };
      case 'thinking':
      case 'reasoning':
        return { reasoning: textIn(thinking ?? reasoning ?? text) };
      case 'refusal':
        return { refusal: textIn(refusal) };
      default:
        if (typeof type !== 'string') throw unlike();
        return {};
    }
  });
}

/** The text of a part that is text or a list of such parts. */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return asList(value)
    .map((part) => textIn(typeof part === 'string' ? part : asObject(part).text))
    .join('');
}

function firstTokenOf({ content, top_logprobs: older }: Record<string, unknown>): TokenLogprob[] {
  const tokens = Object.entries(asObject(asList(older)[0])).map(([token, logprob]) => ({ token, logprob }));
  const entries = [...asList(asObject(asList(content)[0]).top_logprobs).map(asObject), ...tokens];
  return entries.map(({ token, logprob }) => {
    if (typeof token === 'string' && typeof logprob === 'number') return { token, logprob };
    throw new Error('a top_logprobs entry without token or logprob; expected a chat completion');
  });
}

function unlike(): Error {
  return new Error('no choices[0].message.content; expected a chat completion');
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
