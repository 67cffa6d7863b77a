import { availableParallelism } from 'node:os';

/** How many threads a backend computes with: as asked, else TRAITLAB_THREADS, else one a core.
 *
 * @throws Error unless it is an integer from 1 to 64
 */
export function threadCount(asked?: number): number {
  const told = process.env.TRAITLAB_THREADS;
  const [from, count] =
    asked !== undefined
      ? ['threads', asked]
      : told !== undefined && told !== ''
        ? ['TRAITLAB_THREADS', Number(told)]
        : ['cores', Math.min(64, availableParallelism())];
  if (!(Number.isInteger(count) && count >= 1 && count <= 64))
    throw new Error(`threadCount: invalid ${from}; expected an integer from 1 to 64, got ${asked ?? told}`);
  return count;
}
