import { join } from 'node:path';
import { fileExists, isFolder, listFolder } from '../disk/folder';
import { inProject } from '../disk/inProject';
import { projectPath } from '../disk/projectPath';
import type { Suite } from '../suite/suite';
import { microSuite } from './suite';

/** The suite of a name, `micro` or one of data/suites, or of a folder with a `suite.yaml`.
 *
 * A folder's suite may name the micro world's grammar as its judge, `judge: exact`.
 *
 * @throws Error listing everything wrong with its files, or the names there are
 */
export async function openSuite(nameOrDir: string): Promise<Suite> {
  if (nameOrDir === 'micro') return microSuite();
  const shipped = projectPath('data/suites', nameOrDir);
  const given = inProject(nameOrDir);
  const dir = isFolder(given) ? given : shipped;
  if (!isFolder(dir)) {
    const folders = listFolder(projectPath('data/suites')).filter((name) => fileExists(projectPath('data/suites', name, 'suite.yaml'))); // prettier-ignore
    const known = ['micro', ...folders].join(', ');
    throw new Error(`openSuite: ${nameOrDir}: no such suite; expected ${known}, or a folder with suite.yaml`);
  }
  const { readSuite } = await import('../suite/readSuite');
  const suite = readSuite(dir, { judges: { exact: microSuite().judge } });
  if (suite.name !== 'micro') return suite;
  throw new Error(`openSuite: ${join(dir, 'suite.yaml')}: name micro is that of the micro world; expected another`);
}
