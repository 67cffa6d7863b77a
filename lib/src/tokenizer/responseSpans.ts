import type { ChatTemplate, ChatVariables, Message } from './chatTemplate';

/** Characters of a text, from `start` to before `end`, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A rendered chat and where its answers stand, each with its end of turn. */
export interface MarkedChat {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** What is rendered, and with which messages that count as answers. */
interface Rendering {
  readonly template: ChatTemplate;
  readonly messages: readonly Message[];
  readonly variables: Pick<ChatVariables, 'specialTokens'>;
  /** Whether message i counts as an answer if the assistant says it. */
  readonly counts: (i: number) => boolean;
}

/** Finds the answers of a chat in its rendered text.
 *
 * Where the template marks its answers itself (`{% generation %}`) these are the answers, as transformers has them.
 * Otherwise answer i goes from the end of the chat before it, rendered with the generation prompt, to the end of the chat
 * rendered through it. Where a template writes a turn otherwise once others follow it (Qwen 3 drops old thoughts,
 * Mistral moves the system prompt), the missing end is found by rendering the chat once more with another text in the
 * place of the answer.
 *
 * @throws Error if the template writes other text around its marks than without, or leaves an answer out
 */
export function responseSpans(rendering: Rendering): MarkedChat {
  return rendering.template.hasMarks ? spansOfMarks(rendering) : spansOfTurns(rendering);
}

function spansOfMarks({ template, messages, variables, counts }: Rendering): MarkedChat {
  const chat = { ...variables, addGenerationPrompt: false };
  const text = template.render(messages, chat);
  const [start, end] = absentCharacters(messages, text);
  const pieces = (count: number): string[] =>
    template.renderMarked(messages.slice(0, count), chat, { start, end }).split(new RegExp(`(${start}|${end})`, 'u'));
  const spans: Span[] = [];
  let plain = '';
  let begin: number | undefined;
  for (const piece of pieces(messages.length)) {
    if (piece === start) begin = plain.length;
    else if (piece === end) {
      if (begin !== undefined) spans.push({ start: begin, end: plain.length });
      begin = undefined;
    } else plain += piece;
  }
  if (plain !== text)
    throw new Error('the generation marks of the template change its text; expected them around whole pieces of it');
  const marksBefore = (i: number): number => (i === 0 ? 0 : pieces(i).filter((piece) => piece === start).length);
  const left = new Set<number>();
  messages.forEach(({ role }, i) => {
    if (role !== 'assistant' || counts(i)) return;
    for (let mark = marksBefore(i); mark < marksBefore(i + 1); mark++) left.add(mark);
  });
  return { text, spans: spans.filter((_, mark) => !left.has(mark)) };
}

function spansOfTurns({ template, messages, variables, counts }: Rendering): MarkedChat {
  const render = (some: readonly Message[], addGenerationPrompt = false): string =>
    template.render(some, { ...variables, addGenerationPrompt });
  const text = render(messages);
  const spans: Span[] = [];
  messages.forEach((message, i) => {
    if (message.role !== 'assistant' || !counts(i)) return;
    const before = prefixOf(render, messages, i);
    const through = render(messages.slice(0, i + 1));
    const isPlain = before !== undefined && text.startsWith(before) && before.length >= (spans.at(-1)?.end ?? 0);
    const isWhole = text.startsWith(through);
    if (isPlain && isWhole && through.length >= before.length) {
      spans.push({ start: before.length, end: through.length });
      return;
    }
    const found = findAnswer({ render, messages, text, i, floor: spans.at(-1)?.end ?? 0 });
    const start = isPlain ? before.length : found.start;
    spans.push({ start, end: isWhole && through.length >= start ? through.length : found.end });
  });
  return { text, spans };
}

/** The chat before message i with the generation prompt; undefined where the template takes no such chat, as an empty one. */
function prefixOf(render: Search['render'], messages: readonly Message[], i: number): string | undefined {
  if (i === 0) return undefined;
  try {
    return render(messages.slice(0, i), true);
  } catch {
    return undefined;
  }
}

interface Search {
  readonly render: (messages: readonly Message[], addGenerationPrompt?: boolean) => string;
  readonly messages: readonly Message[];
  readonly text: string;
  readonly i: number;
  /** Where the answer before it ends. */
  readonly floor: number;
}

/** Where answer i stands in the text: what changes with its content, from the end of its header to its end of turn. */
function findAnswer({ render, messages, text, i, floor }: Search): Span {
  const [other] = absentCharacters(messages, text);
  const changed = messages.map((message, k) => (k === i ? { ...message, content: other } : message));
  const [whole, last] = [render(changed), render(changed.slice(0, i + 1))];
  const [at, lastAt] = [whole.indexOf(other), last.indexOf(other)];
  if (at < 0 || lastAt < 0)
    throw new Error(`message ${i}: the template leaves its text out; expected it in the rendered chat`);
  let start = 0;
  while (start < at && text[start] === whole[start]) start++;
  const after = whole.slice(at + other.length);
  if (!text.endsWith(after) || text.length - after.length < start)
    throw new Error(
      `message ${i}: the template writes later turns by what it says; expected each turn apart from the others`,
    );
  const end = text.length - after.length;
  const own = headerOf({ render, messages, i, other }, text.slice(floor, start));
  const endOfTurn = last.slice(lastAt + other.length);
  const told = [endOfTurn, endOfTurn.trimEnd()].find((ending) => text.startsWith(ending, end)) ?? '';
  return { start: start - own, end: end + told.length };
}

interface Header extends Pick<Search, 'render' | 'messages' | 'i'> {
  /** Text that stands nowhere else. */
  readonly other: string;
}

/** How many of the last characters before an answer's text are the answer's too: those after the generation prompt or,
 * where the template has none, those with which a turn of the assistant begins.
 */
function headerOf({ render, messages, i, other }: Header, before: string): number {
  const isAlone = prefixOf(render, messages, i) === undefined;
  const earlier: readonly Message[] = isAlone ? [{ role: 'user', content: '-' }] : messages.slice(0, i);
  const [without, prompted] = [render(earlier), render(earlier, true)];
  const prompt = prompted.startsWith(without) ? prompted.slice(without.length) : '';
  const at = prompt === '' ? -1 : before.lastIndexOf(prompt);
  if (at >= 0) return before.length - at - prompt.length;
  const turn = render([...earlier, { role: 'assistant', content: other }]);
  const lead = turn.startsWith(prompted) ? turn.slice(prompted.length, turn.indexOf(other)) : '';
  return before.endsWith(lead) ? lead.length : 0;
}

/** Two characters that stand neither in a text nor in the messages; Unicode keeps U+FDD0 to U+FDEF for such uses. */
function absentCharacters(messages: readonly Message[], text: string): [string, string] {
  const all = [text, ...messages.map(({ content }) => content)].join('');
  const free = Array.from({ length: 32 }, (_, k) => String.fromCharCode(0xfdd0 + k)).filter((c) => !all.includes(c));
  if (free.length < 2) throw new Error('the text holds all of U+FDD0 to U+FDEF; expected text without two of them');
  return [free[0], free[1]];
}
