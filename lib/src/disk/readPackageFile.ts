import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const dist = resolve(__dirname, '..');

/** Reads a file that the build put beside the compiled library, e.g. `kernels/wasm/base.wasm`.
 *
 * @throws Error if it is not there, which means that the library was not built
 */
export function readPackageFile(path: string): Buffer {
  try {
    return readFileSync(resolve(dist, path));
  } catch {
    throw new Error(`readPackageFile: ${resolve(dist, path)}: no such file; expected a build (npm run build)`);
  }
}
