import { createHash } from 'node:crypto';
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { callStripFunctions, stripFunctions } from './stripCharacters';

/** One turn of a chat. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What a chat template sees besides the messages. */
export interface ChatVariables {
  readonly addGenerationPrompt: boolean;
  /** Special tokens by their Hugging Face key: bos_token, eos_token, … */
  readonly specialTokens: Readonly<Record<string, string>>;
}

/** A compiled chat template. */
export interface ChatTemplate {
  /** sha256 of its text, in hexadecimal. */
  readonly hash: string;
  /** Whether it marks answers itself, with `{% generation %}` … `{% endgeneration %}`. */
  readonly hasMarks: boolean;
  /** Renders messages to text, as `apply_chat_template(tokenize=False)` of transformers does. */
  render(messages: readonly Message[], variables: ChatVariables): string;
  /** The same text with `start` and `end` put in at its marks of answers. */
  renderMarked(messages: readonly Message[], variables: ChatVariables, marks: AnswerMarks): string;
}

/** What stands for `{% generation %}` and `{% endgeneration %}`. */
export interface AnswerMarks {
  readonly start: string;
  readonly end: string;
}

/** Compiles a Jinja chat template with the two functions that transformers gives it.
 *
 * @param source  template text
 * @param file    where it came from, for messages
 * @throws Error if the template does not parse; `render` throws what the template raises
 */
export function chatTemplate(source: string, file: string): ChatTemplate {
  const { marked, hasMarks } = placeMarks(source);
  let program: ReturnType<typeof parse>;
  try {
    program = parse(tokenize(marked));
    callStripFunctions(program);
  } catch (error) {
    throw new Error(`chatTemplate: ${file}: template does not parse (${(error as Error).message}); expected Jinja`);
  }
  const renderMarked: ChatTemplate['renderMarked'] = (messages, variables, { start, end }) => {
    const { addGenerationPrompt, specialTokens } = variables;
    const environment = new Environment();
    const known = {
      ...specialTokens,
      ...constants,
      ...stripFunctions,
      messages: messages.map((m) => ({ ...m })),
      add_generation_prompt: addGenerationPrompt,
      tools: null,
      documents: null,
      [startName]: start,
      [endName]: end,
    };
    for (const [name, value] of Object.entries(known)) environment.set(name, value);
    try {
      return new Interpreter(environment).run(program).value as string;
    } catch (error) {
      throw new Error(`renderChat: ${file}: ${(error as Error).message}; expected messages that this template accepts`);
    }
  };
  return {
    hash: createHash('sha256').update(source).digest('hex'),
    hasMarks,
    render: (messages, variables) => renderMarked(messages, variables, { start: '', end: '' }),
    renderMarked,
  };
}

const [startName, endName] = ['answer_start', 'answer_end'];

/** The template with its generation tags, which Jinja does not know, as blocks that put out a variable.
 *
 * What blocks do to the white space around them is done before (lstrip_blocks and trim_blocks, as transformers sets them),
 * so that the variables change nothing of it.
 */
function placeMarks(source: string): { marked: string; hasMarks: boolean } {
  const trimmed = source.replace(/^[ \t]*(\{[#%-])/gm, '$1').replace(/([#%-]\})\n/g, '$1');
  const tag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;
  const marked = trimmed.replace(tag, (_, left: string, end: string | undefined, right: string) =>
    end === undefined ? `{%${left} if true %}{{ ${startName} ${right}}}` : `{%${left} endif %}{{ ${endName} ${right}}}`,
  );
  return { marked, hasMarks: marked !== trimmed };
}

/** What every template may use; ours, not the package's, so that dates are in English and an unknown directive throws. */
const constants: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range: (first: number, second?: number, step = 1): number[] => {
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    if (step === 0) throw new Error('range: step is 0; expected another number');
    return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);
  },
  raise_exception: (message: string) => {
    throw new Error(message);
  },
  strftime_now: (format: string) => strftime(new Date(), format),
};

/** Python's strftime for the directives that chat templates use; an unknown one is an error. */
function strftime(date: Date, format: string): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const name = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat('en-US', options).format(date);
  const directives: Record<string, () => string> = {
    '%': () => '%',
    Y: () => String(date.getFullYear()),
    y: () => two(date.getFullYear() % 100),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    H: () => two(date.getHours()),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    b: () => name({ month: 'short' }),
    B: () => name({ month: 'long' }),
    a: () => name({ weekday: 'short' }),
    A: () => name({ weekday: 'long' }),
  };
  return format.replace(/%(.)/g, (_, key: string) => {
    if (!(key in directives)) throw new Error(`strftime_now: unsupported directive %${key}`);
    return directives[key]();
  });
}
