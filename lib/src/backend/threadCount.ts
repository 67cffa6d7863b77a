import { availableParallelism } from 'node:os';

const MOST = 64;

/** How many threads a backend computes with: as asked, else as TRAITLAB_THREADS says (`traitlab … --threads N` sets it), else `otherwise`.
 *
 * @param otherwise  default one a core; a process that works beside others takes 1
 * @throws Error unless it is an integer from 1 to 64
 */
export function threadCount(
  asked?: number,
  otherwise: number = Math.min(MOST, Math.max(1, availableParallelism())),
): number {
  const told = process.env.TRAITLAB_THREADS ?? '';
  const count = asked ?? (told === '' ? otherwise : Number(told));
  if (Number.isInteger(count) && count >= 1 && count <= MOST) return count;
  const [what, got] = asked === undefined ? ['TRAITLAB_THREADS', told] : ['threads', asked];
  throw new Error(`threadCount: invalid ${what}; expected an integer from 1 to ${MOST}, got ${got}`);
}
