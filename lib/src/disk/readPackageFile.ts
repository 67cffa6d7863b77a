import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const dist = resolve(__dirname, '..');

/** Path of a file that the build put beside the compiled library. */
export function packageFile(path: string): string {
  return resolve(dist, path);
}

/** Reads a file that the build put beside the compiled library, e.g. `kernels/wasm/base.wasm`.
 *
 * @throws Error if it is not there, which means that the library was not built
 */
export function readPackageFile(path: string): Buffer {
  try {
    return readFileSync(packageFile(path));
  } catch {
    throw new Error(`readPackageFile: ${packageFile(path)}: no such file; expected a build (npm run build)`);
  }
}
