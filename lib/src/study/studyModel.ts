import { basename, join, resolve } from 'node:path';
import { fileExists, isFolder } from '../disk/folder';
import { fileStamp } from '../disk/fileStamp';
import { projectPath } from '../disk/projectPath';
import { writeFileAtomic } from '../disk/writeAtomic';
import { readJson } from '../documents/readJson';
import { findModel } from '../hub/findModel';
import { hashModel, weightFiles } from '../model/weightFiles';
import type { SystemRole } from '../tokenizer/systemRole';
import { modelFolder, type Study, type StudyModel } from './task';

/** What `model.json` in a model's folder of results holds. */
interface Remembered {
  readonly dir: string;
  /** Of all files, as they were when the hash was computed. */
  readonly stamps: readonly string[];
  readonly hash: string;
}

export interface StudyModelsOptions extends Pick<Study, 'out'> {
  /** Where system messages go in the models of these names, by name (default: as the templates say). */
  rolesOf?: (names: readonly string[]) => ReadonlyMap<string, SystemRole>;
}

/** The models of a study: folders, names of organisms of this project, or `org/name[@revision]`.
 *
 * The hash of a checkpoint is remembered beside its results, so that a status does not read its weights again.
 *
 * @throws Error if one is not there, two have the same name, or `model.json` is damaged
 * @check test/study/studyModel.test.ts
 */
export async function studyModels(
  { out, rolesOf = () => new Map() }: StudyModelsOptions,
  given: readonly string[],
): Promise<StudyModel[]> {
  const models: Pick<StudyModel, 'name' | 'dir'>[] = [];
  for (const text of given) {
    const organism = projectPath('data/micro', text);
    const dir = resolve(!isFolder(text) && isFolder(organism) ? organism : await findModel(text));
    const name = isFolder(text) || isFolder(organism) ? basename(dir) : text.replace(/@.*$/, '').replace('/', '--');
    const twin = models.find((model) => model.name === name);
    if (twin !== undefined)
      throw new Error(`studyModels: ${twin.dir} and ${dir} are both named ${name}; expected different names`);
    models.push({ name, dir });
  }
  const roles = rolesOf(models.map(({ name }) => name));
  return models.map(({ name, dir }) => ({ name, dir, hash: hashOf(out, name, dir), systemRole: roles.get(name) }));
}

function hashOf(out: string, name: string, dir: string): string {
  const file = join(modelFolder({ out }, { name }), 'model.json');
  const stamps = [join(dir, 'config.json'), ...weightFiles(dir)].map((path) => `${basename(path)} ${fileStamp(path)}`);
  if (fileExists(file)) {
    const known = readJson('studyModels', file) as Remembered | null;
    if (known?.dir === dir && known.stamps.join() === stamps.join()) return known.hash;
  }
  const hash = hashModel(dir);
  writeFileAtomic(file, `${JSON.stringify({ dir, stamps, hash } satisfies Remembered)}\n`);
  return hash;
}
