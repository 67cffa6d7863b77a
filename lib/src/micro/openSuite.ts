import { listFolder, isFolder } from '../disk/folder';
import { projectPath } from '../disk/projectPath';
import type { Suite } from '../suite/suite';
import { microSuite } from './suite';

/** The suite of a name, `micro` or one of data/suites, or of a folder with a `suite.yaml`.
 *
 * @throws Error listing everything wrong with its files, or the names there are
 */
export async function openSuite(nameOrDir: string): Promise<Suite> {
  if (nameOrDir === 'micro') return microSuite();
  const shipped = projectPath('data/suites', nameOrDir);
  const dir = isFolder(nameOrDir) ? nameOrDir : shipped;
  if (!isFolder(dir)) {
    const known = ['micro', ...listFolder(projectPath('data/suites'))].join(', ');
    throw new Error(`openSuite: ${nameOrDir}: no such suite; expected ${known}, or a folder with suite.yaml`);
  }
  const { readSuite } = await import('../suite/readSuite');
  return readSuite(dir);
}
