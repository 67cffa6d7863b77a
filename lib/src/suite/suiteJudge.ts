import type { DocumentPart } from '../documents/documentPart';
import { readText } from '../disk/readText';
import { readJudgeSettings } from '../judge/judgeSettings';
import { judgePromptProblems } from '../prompts/judgePrompt';
import { chatSuiteJudge } from './chatSuiteJudge';
import { namedFile } from './namedFile';
import type { SuiteJudge } from './suite';

export interface SuiteJudgeOptions {
  /** Judges that go by a name. */
  readonly judges: Readonly<Record<string, SuiteJudge>>;
  /** Traits that are asked for, which each need a rubric. */
  readonly asked: readonly string[];
}

/** The judge of a suite's document: `judge`, the settings of a language model or the name of a judge that is known, and `rubrics`, the folder
 * of `{trait}.txt`. What does not fit is noted on its part. */
export function suiteJudge(file: DocumentPart, { judges, asked }: SuiteJudgeOptions): SuiteJudge | undefined {
  const [part, folder] = [file.get('judge'), file.get('rubrics')];
  if (typeof part.value === 'string') {
    const named = Object.hasOwn(judges, part.value) ? judges[part.value] : undefined;
    if (named === undefined)
      part.problem(
        `no judge ${part.value}; expected ${['settings of a chatJudge', ...Object.keys(judges)].join(', or ')}`,
      );
    else if (!folder.isMissing) folder.problem(`not read by the judge ${part.value}; expected none`);
    return named;
  }
  if (!part.isMapping) {
    const known = Object.keys(judges).map((name) => `, or ${name}`);
    part.problem(`${part.isMissing ? 'missing' : 'no mapping'}; expected settings of a chatJudge (model, method, folder)${known.join('')}`); // prettier-ignore
    return undefined;
  }
  const settings = readJudgeSettings(part);
  return chatSuiteJudge(settings, readRubrics(folder, asked));
}

/** The rubric of each trait. */
function readRubrics(folder: DocumentPart, traits: readonly string[]): Record<string, string> {
  if (folder.isMissing) {
    if (traits.length > 0)
      folder.problem(`missing; expected a folder with ${traits.map((trait) => `${trait}.txt`).join(', ')}, by which behaviour is judged`); // prettier-ignore
    return {};
  }
  const of = (trait: string): string | undefined =>
    namedFile(folder, (dir) => {
      const path = `${dir}/${trait}.txt`;
      const text = readText('readRubrics', path);
      const [problem] = judgePromptProblems(text);
      if (problem === undefined) return text.trim();
      throw new Error(`readRubrics: ${path}${problem.line === undefined ? '' : `:${problem.line}`}: ${problem.text}`);
    });
  return Object.fromEntries(traits.flatMap((trait) => [[trait, of(trait)] as const]).filter((entry): entry is [string, string] => entry[1] !== undefined)); // prettier-ignore
}
