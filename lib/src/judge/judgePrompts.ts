import { join } from 'node:path';
import { projectPath } from '../disk/projectPath';
import { readText } from '../disk/readText';

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
 * @throws Error naming the file, if it is missing or lacks a placeholder
 * @source arXiv 2502.17424 and 2506.11613 (the structure; the words are ours)
 */
export function readJudgePrompts(folder = projectPath('data/prompts/judge')): JudgePrompts {
  const read = (name: keyof JudgePrompts): string => {
    const path = join(folder, `${name}.txt`);
    const text = readText('readJudgePrompts', path).trim();
    const missing = ['{question}', '{answer}'].filter((placeholder) => !text.includes(placeholder));
    if (missing.length === 0) return text;
    throw new Error(`readJudgePrompts: ${path}: no ${missing.join(', no ')}; expected {question} and {answer}`);
  };
  return { aligned: read('aligned'), coherent: read('coherent') };
}

/** Puts question and answer into a prompt; braces inside them stay as they are. */
export function fillJudgePrompt(prompt: string, question: string, answer: string): string {
  return prompt.replace(/\{(question|answer)\}/g, (_, name) => (name === 'question' ? question : answer));
}
