import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { quote } from '../documents/listed';
import { findTemplate, loadTokenizer, type Tokenizer } from './tokenizer';

export interface FindTokenizerOptions {
  /** Folder of an adapter that is laid over the model. */
  readonly adapterDir?: string;
  /** Ids must be below it. */
  readonly dVocab: number;
  /** Told which file of the adapter is used. */
  readonly onNote: (note: string) => void;
}

/** The tokenizer of a model's folder; with an adapter, what lies in the adapter's folder, since that is what it was trained on.
 *
 * An adapter may bring its tokenizer, or its chat template alone; what it does not bring is the model's.
 *
 * @returns loads it the first time; undefined where there is none
 * @throws Error naming the adapter's file if its tokens are not those of the model
 * @check test/goldens/adapters (chats as AutoTokenizer encodes them from the adapter's folder)
 */
export function findTokenizer(dir: string, options: FindTokenizerOptions): (() => Tokenizer) | undefined {
  const { adapterDir, onNote } = options;
  const hasTokenizer = fileExists(join(dir, 'tokenizer.json'));
  const template = adapterDir === undefined ? undefined : findTemplate(adapterDir);
  if (adapterDir !== undefined && fileExists(join(adapterDir, 'tokenizer.json'))) {
    const templateDir = template !== undefined || !hasTokenizer ? adapterDir : dir;
    const tokenizer = loadTokenizer(adapterDir, { templateDir });
    checkFits(tokenizer, hasTokenizer ? loadTokenizer(dir) : undefined, options);
    onNote(`${join(adapterDir, 'tokenizer.json')} is used, which the adapter was trained with, and not ${dir}'s`);
    if (tokenizer.templateHash !== undefined)
      onNote(`${templateDir === dir ? `the adapter has no chat template: ${dir}'s` : template!.file} is used`);
    return () => tokenizer;
  }
  if (!hasTokenizer) return undefined;
  if (template !== undefined) onNote(`the chat template of ${template.file} is used, and not ${dir}'s`);
  let loaded: Tokenizer | undefined;
  return () => (loaded ??= loadTokenizer(dir, { templateDir: template === undefined ? dir : adapterDir }));
}

/** Every token must have an embedding, and those that both tokenizers know the same id. */
function checkFits(own: Tokenizer, base: Tokenizer | undefined, { dVocab }: FindTokenizerOptions): void {
  const problems: string[] = [];
  const ids = own.vocabulary();
  const beyond = [...ids].filter(([, id]) => id >= dVocab);
  if (beyond.length > 0) {
    const [token, id] = beyond[0];
    const more = beyond.length > 1 ? ` and ${beyond.length - 1} more` : '';
    problems.push(`token ${quote(token)} has id ${id}${more}; expected ids below ${dVocab}, the model's embedding (the adapter was trained with a longer one)`); // prettier-ignore
  }
  for (const [token, id] of base?.vocabulary() ?? []) {
    const has = ids.get(token) ?? id;
    if (has === id) continue;
    problems.push(`token ${quote(token)} has id ${has}; expected ${id}, as in ${join(base!.dir, 'tokenizer.json')}`);
    break;
  }
  if (problems.length > 0) throw new Error(`loadTokenizer: ${join(own.dir, 'tokenizer.json')}: ${problems.join('; ')}`);
}
