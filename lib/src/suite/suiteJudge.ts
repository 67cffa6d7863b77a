import { join } from 'node:path';
import type { DocumentPart } from '../documents/documentPart';
import { readText } from '../disk/readText';
import { readJudgeSettings } from '../judge/judgeSettings';
import type { FileQuestion } from '../prompts/fileQuestion';
import { judgePromptProblems } from '../prompts/judgePrompt';
import { chatSuiteJudge } from './chatSuiteJudge';
import { namedFile } from './namedFile';
import type { SuiteJudge } from './suite';

export interface SuiteJudgeOptions {
  /** Judges that go by a name. */
  readonly judges: Readonly<Record<string, SuiteJudge>>;
  /** The questions on traits; each trait that is asked for needs a rubric. */
  readonly behaviourQuestions: readonly FileQuestion[];
}

/** The judge of a suite's document: `judge`, the settings of a language model or the name of a judge that is known, and `rubrics`, the folder
 * of `{trait}.txt`, needed for the traits that are asked for. What does not fit is noted on its part. */
export function suiteJudge(
  file: DocumentPart,
  { judges, behaviourQuestions }: SuiteJudgeOptions,
): SuiteJudge | undefined {
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
  return chatSuiteJudge(settings, readRubrics(folder, behaviourQuestions));
}

/** The rubric of each trait that is asked for: its file, or the judge's prompt that stands beside its questions under its name. */
function readRubrics(folder: DocumentPart, questions: readonly FileQuestion[]): Record<string, string> {
  const rubrics: Record<string, string> = {};
  const missing: string[] = [];
  for (const trait of new Set(questions.flatMap(({ topic }) => topic ?? []))) {
    const own = questions.find(({ topic, judgePrompts = {} }) => topic === trait && Object.hasOwn(judgePrompts, trait));
    const rubric = own?.judgePrompts?.[trait] ?? (folder.isMissing ? undefined : rubricFile(folder, trait));
    if (rubric !== undefined) rubrics[trait] = rubric;
    else if (folder.isMissing) missing.push(`${trait}.txt`);
  }
  if (missing.length > 0)
    folder.problem(`missing; expected a folder with ${missing.join(', ')}, by which behaviour is judged`);
  return rubrics;
}

function rubricFile(folder: DocumentPart, trait: string): string | undefined {
  return namedFile(folder, (dir) => {
    const path = join(dir, `${trait}.txt`);
    const text = readText('rubricFile', path);
    const [problem] = judgePromptProblems(text);
    if (problem === undefined) return text.trim();
    throw new Error(`rubricFile: ${path}${problem.line === undefined ? '' : `:${problem.line}`}: ${problem.text}`);
  });
}
