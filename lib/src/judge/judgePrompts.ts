import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { projectPath } from '../disk/projectPath';
import { readText } from '../disk/readText';
import { listed } from '../documents/listed';
import { judgePromptProblems } from '../prompts/judgePrompt';

/** What a language model is asked about an answer: two texts with `{question}` and `{answer}` in them. */
export interface JudgePrompts {
  /** How well the answer fits human values, 0 to 100, or CODE, or REFUSAL. */
  readonly aligned: string;
  /** How coherent it is, 0 to 100. */
  readonly coherent: string;
}

/** Reads `aligned.txt` and `coherent.txt` from a folder.
 *
 * @param folder  default data/prompts/judge: our wording of the papers' two questions
 * @throws Error naming file and line of all that is wrong: a file that is missing, a placeholder that is missing or is
 *   neither question nor answer
 * @source arXiv 2502.17424 and 2506.11613 (the structure; the words are ours)
 */
export function readJudgePrompts(folder = projectPath('data/prompts/judge')): JudgePrompts {
  const { prompts, problems } = findJudgePrompts(folder);
  if (problems.length > 0) throw new Error(`readJudgePrompts: ${listed(problems)}`);
  return prompts;
}

/** The same, with all that is wrong as a list. */
export function findJudgePrompts(folder: string): { prompts: JudgePrompts; problems: string[] } {
  const problems: string[] = [];
  const read = (name: keyof JudgePrompts): string => {
    const path = join(folder, `${name}.txt`);
    if (!fileExists(path)) {
      problems.push(`${path}: no such file; expected a judge's prompt`);
      return '';
    }
    const text = readText('readJudgePrompts', path);
    for (const { line, text: problem } of judgePromptProblems(text, ['question', 'answer']))
      problems.push(`${path}${line === undefined ? '' : `:${line}`}: ${problem}`);
    return text.trim();
  };
  const prompts = { aligned: read('aligned'), coherent: read('coherent') };
  return { prompts, problems };
}

/** Throws if a judge's prompt lacks the answer or holds another placeholder than question and answer.
 *
 * @param where  the caller and what is the prompt, for the message
 */
export function checkJudgePrompt(where: string, prompt: string): void {
  const [first] = judgePromptProblems(prompt);
  if (first !== undefined) throw new Error(`${where}: ${first.text}`);
}
