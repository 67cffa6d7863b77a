import { isFolder } from './folder';
import { projectPath } from './projectPath';

/** A folder as it is named, or the project's of that name where there is none from the working folder: that of a notebook is its own. */
export function inProject(nameOrDir: string): string {
  return !isFolder(nameOrDir) && isFolder(projectPath(nameOrDir)) ? projectPath(nameOrDir) : nameOrDir;
}
