import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');

/** The absolute path of something in this project, e.g. `projectPath('data/micro/llama')`.
 *
 * It does not depend on the working directory, which is `notebooks/` inside a kernel.
 */
export function projectPath(...parts: string[]): string {
  return join(root, ...parts);
}
