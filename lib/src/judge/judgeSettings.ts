import { dirname, resolve } from 'node:path';
import { DocumentPart, given } from '../documents/documentPart';
import { readDocument } from '../documents/readDocument';
import { judgePromptProblems } from '../prompts/judgePrompt';
import type { ChatJudgeOptions } from './chatJudge';
import { namedJudgeAccess } from './judgeAccess';
import { FIXED_PARAMETERS, type JudgeMode } from './judgeClient';
import { findJudgePrompts, type JudgePrompts } from './judgePrompts';
import type { TokenPrice } from './judgeUsage';
import type { JudgeMethod } from './readVerdict';

const METHODS: readonly JudgeMethod[] = ['logprobs', 'parsed'];
const MODES: readonly JudgeMode[] = ['record', 'replay', 'live'];
const KEYS =
  'model method url folder mode prompts maxTokens temperature parameters price concurrency timeoutMs retries';
/** Names under which people write what must not stand in a file. */
const SECRET = /(^|api|auth|access|judge|bearer|secret)[_-]?(key|token)$|password$|secret$|authorization$/i;

/** Reads the settings of a judge from a file, or from the part of one, e.g. a suite's `judge`:
 *
 * - `model`: a pinned name; `method`: `logprobs` or `parsed`
 * - `url`: base URL of the server, without user and password (default: from the environment, as `judgeAccess` says)
 * - `mode`: `record` (default), `replay` or `live`; `folder`: where calls are recorded, relative to the file
 * - `prompts`: a folder with `aligned.txt` and `coherent.txt`, relative to the file, or a mapping with the two texts
 * - `maxTokens`, `temperature`: of a reply; `parameters`: others of the request, null takes one out
 * - `price`: `perMillionPrompt` and `perMillionCompletion`; `concurrency`; `timeoutMs`; `retries`
 *
 * Keys never stand in the file. The settings are the options of `chatJudge`, of `rubricJudge({ ...settings, rubric })` for
 * a trait, and of `sharedJudges`, which makes both of one client.
 *
 * @param source  a file (.yaml, .yml, .json); a part of one, on which problems are noted: its reader says them with
 *   `finish`; or a mapping, whose paths are relative to the working directory
 * @throws Error listing every problem with its file, line and name
 */
export function readJudgeSettings(source: string | DocumentPart | Readonly<Record<string, unknown>>): ChatJudgeOptions {
  const part = typeof source === 'string' ? readDocument('readJudgeSettings', source) : partOf(source);
  part.entries({ known: KEYS.split(' '), harmless: Object.keys(asMapping(part)).filter((name) => SECRET.test(name)) });
  refuseSecrets(part);
  const base = part === source || typeof source === 'string' ? dirname(part.path) : '.';
  const mode = part.get('mode').isMissing ? undefined : part.get('mode').choice(MODES);
  const folder = part.get('folder').optionalText();
  if (part.isMapping && mode !== 'live' && folder === undefined)
    part.get('folder').problem(`missing; expected a folder to ${mode ?? 'record'} calls in (or mode live)`);
  const url = readUrl(part.get('url'));
  const settings: ChatJudgeOptions = {
    model: part.isMapping ? part.get('model').text() : '',
    method: (part.isMapping ? part.get('method').choice(METHODS) : undefined) ?? 'parsed',
    ...given({
      mode,
      folder: folder === undefined ? undefined : resolve(base, folder),
      access: url === undefined ? undefined : namedJudgeAccess(url),
      prompts: readPrompts(part.get('prompts'), base),
      parameters: readParameters(part),
      price: readPrice(part.get('price')),
      concurrency: part.get('concurrency').number(isCount(1), 'an integer from 1'),
      timeoutMs: part.get('timeoutMs').number(isCount(1), 'an integer from 1'),
      retries: part.get('retries').number(isCount(0), 'an integer from 0'),
    }),
  };
  if (part !== source) part.finish();
  return settings;
}

function partOf(source: DocumentPart | Readonly<Record<string, unknown>>): DocumentPart {
  if (source instanceof DocumentPart) return source;
  return DocumentPart.of(source, { where: 'readJudgeSettings', path: '' });
}

const isCount = (least: number) => (n: number) => Number.isSafeInteger(n) && n >= least;
const isFrom0 = (n: number): boolean => n >= 0 && n < Infinity;
const asMapping = (part: DocumentPart): Record<string, unknown> => (part.isMapping ? (part.value as Record<string, unknown>) : {}); // prettier-ignore

/** Never quotes the value: it is what must not be shown. */
function refuseSecrets(part: DocumentPart): void {
  for (const name of Object.keys(asMapping(part)).filter((key) => SECRET.test(key)))
    part
      .get(name)
      .problem('a key in a file; expected it in the environment, as TRAITLAB_JUDGE_KEY (or OPENAI_API_KEY)');
}

function readUrl(part: DocumentPart): string | undefined {
  if (part.isMissing) return undefined;
  const url = typeof part.value === 'string' && URL.canParse(part.value) ? new URL(part.value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '')
    part.problem('no web address; expected one like https://host/v1');
  else if (url.username !== '' || url.password !== '')
    part.problem('a user or password in a file; expected them in the environment, in TRAITLAB_JUDGE_URL');
  else return url.href;
  return undefined;
}

function readPrompts(part: DocumentPart, base: string): JudgePrompts | undefined {
  if (part.isMissing) return undefined;
  if (part.isMapping) {
    part.entries({ known: ['aligned', 'coherent'] });
    const read = (name: keyof JudgePrompts): string => {
      const text = part.get(name).text();
      const problems = text === '' ? [] : judgePromptProblems(text, ['question', 'answer']);
      for (const problem of problems) part.get(name).problem(problem.text);
      return text;
    };
    return { aligned: read('aligned'), coherent: read('coherent') };
  }
  const folder = part.text();
  if (folder === '') return undefined;
  const { prompts, problems } = findJudgePrompts(resolve(base, folder));
  for (const problem of problems) part.problem(problem);
  return prompts;
}

function readParameters(part: DocumentPart): Record<string, unknown> | undefined {
  const others = part.get('parameters');
  const mapping = asMapping(others);
  if (!others.isMissing && !others.isMapping) others.entries();
  refuseSecrets(others);
  for (const name of FIXED_PARAMETERS.filter((fixed) => Object.hasOwn(mapping, fixed)))
    others.get(name).problem('left to the method; expected none');
  const own = given({
    max_tokens: part.get('maxTokens').number(isCount(1), 'an integer from 1'),
    temperature: part.get('temperature').number(isFrom0, 'a number from 0'),
  });
  for (const [name, key] of [
    ['max_tokens', 'maxTokens'],
    ['temperature', 'temperature'],
  ])
    // prettier-ignore
    if (name in own && Object.hasOwn(mapping, name)) others.get(name).problem(`beside ${key}; expected one of the two`);
  const parameters = { ...mapping, ...own };
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

function readPrice(part: DocumentPart): TokenPrice | undefined {
  if (part.isMissing) return undefined;
  const keys = ['perMillionPrompt', 'perMillionCompletion'] as const;
  part.entries({ known: keys });
  if (!part.isMapping) return undefined;
  const [perMillionPrompt, perMillionCompletion] = keys.map((key) => {
    if (part.get(key).isMissing) part.get(key).problem('missing; expected a number from 0');
    return part.get(key).number(isFrom0, 'a number from 0') ?? 0;
  });
  return { perMillionPrompt, perMillionCompletion };
}
