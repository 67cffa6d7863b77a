/** Marks between which models reason before they answer: an opening or a closing one, the latter with a slash or "end".
 *
 * `<think>` (Qwen, DeepSeek, …; also in other words, with blanks and attributes), `[THINK]` (Magistral), `◁think▷` (Kimi),
 * `<|begin_of_thought|>` (OpenThinker).
 */
const MARK =
  /<\s{0,9}(\/?)\s{0,9}(?:seed:)?(?:think|thinking|thoughts?|reasoning|reflection|analysis|scratchpad)\b[^<>]{0,99}>|\[\s{0,9}(\/?)\s{0,9}think\s{0,9}\]|◁(\/?)think▷|<\|(begin|end)_of_thought\|>/giu;

/** Channels of gpt-oss: what follows the last `final` is the answer, to the end of that message. */
const CHANNEL = /<\|channel\|>\s{0,9}(\w{1,20})(?:[^<]|<\|constrain\|>){0,99}<\|message\|>/g;

/** The answer of a model that may reason aloud first; undefined if the reasoning does not end.
 *
 * The answer is what follows the last closing mark (an opening one may have stood in the prompt); if an opening mark comes
 * after it, nothing is.
 *
 * @source Qwen 3 and DeepSeek-R1 model cards (the answer follows the last `</think>`); OpenAI harmony response format
 *   (channels); Mistral, Magistral model card (`[THINK]`)
 * @check test/judge/readVerdict.test.ts
 */
export function stripReasoning(text: string): string | undefined {
  const channels = [...text.matchAll(CHANNEL)];
  if (channels.length > 0 || text.includes('<|channel|>')) {
    const last = channels.at(-1);
    if (last?.[1] !== 'final' || text.lastIndexOf('<|channel|>') > last.index) return undefined;
    return text.slice(last.index + last[0].length).split('<|')[0];
  }
  // The same without its special tokens, as servers that drop them send it.
  const bare = /^\s*analysis[^]*assistantfinal/.exec(text);
  if (bare !== null) return text.slice(bare[0].length);
  const marks = [...text.matchAll(MARK)];
  const isClosing = ([, ...slash]: RegExpMatchArray): boolean =>
    slash.some((part) => part === '/' || part?.toLowerCase() === 'end');
  const closing = marks.findLastIndex(isClosing);
  if (closing + 1 < marks.length) return undefined;
  const last = marks[closing];
  return last === undefined ? text : text.slice(last.index + last[0].length);
}
