import { dot } from './dot';
import { finiteRows } from './finite';
import { meanRows } from './meanRows';

/** What is subtracted before adapters are compared: `adapters`, from the vectors of a step their mean (arXiv 2506.11613, text); `checkpoints`,
 * from each adapter's vector its mean over the steps (published code); `nothing`. */
export type DeMean = 'adapters' | 'checkpoints' | 'nothing';

/** What the product of two stacks of vectors sums over: `adapters`, AᵀB [d d] as published; `coordinates`, ABᵀ [n n]. */
export type CompSum = 'adapters' | 'coordinates';

/** How alike two stacks of vectors are: comp(A, B) = ‖AᵀB‖_F / (‖A‖_F ‖B‖_F), in [0, 1].
 *
 * Summed over adapters, as published, ‖AᵀB‖_F² = Σ (AAᵀ ∘ BBᵀ): it sees only the angles within each stack. It is 1 for any two single vectors, and a
 * turn of all vectors together leaves it as it is. Summed over coordinates, ‖ABᵀ‖_F, it sees such turns, and is |cos| of two single vectors.
 *
 * @param a  [n d] one vector an adapter
 * @param b  [n d] the same adapters at another step
 * @throws Error if the shapes differ or one is all zero
 * @source arXiv 2506.11613, appendix G
 * @check test/stats/localCosines.test.ts (NumPy)
 */
export function compScore(
  a: readonly ArrayLike<number>[],
  b: readonly ArrayLike<number>[],
  { sumOver = 'adapters' }: { sumOver?: CompSum } = {},
): number {
  const [rowsA, rowsB] = [finiteRows('compScore: a', a), finiteRows('compScore: b', b)];
  if (rowsA.length !== rowsB.length || rowsA[0].length !== rowsB[0].length)
    throw new Error(`compScore: shapes differ; expected [${rowsA.length} ${rowsA[0].length}], got [${rowsB.length} ${rowsB[0].length}]`); // prettier-ignore
  const lengths = [rowsA, rowsB].map((rows) => Math.sqrt(rows.reduce((sum, row) => sum + dot(row, row), 0)));
  const zero = lengths.indexOf(0);
  if (zero >= 0) throw new Error(`compScore: ${'ab'[zero]} is all zero; expected vectors with a direction`);
  let square = 0;
  for (let i = 0; i < rowsA.length; i++) {
    for (let j = 0; j < rowsA.length; j++)
      square +=
        sumOver === 'adapters' ? dot(rowsA[i], rowsA[j]) * dot(rowsB[i], rowsB[j]) : dot(rowsA[i], rowsB[j]) ** 2;
  }
  return Math.sqrt(Math.max(0, square)) / (lengths[0] * lengths[1]);
}

/** The comp score of every checkpoint with the last one.
 *
 * @param stacks  [checkpoint n d] one vector an adapter
 * @param deMean  there is no default, because the paper's text and its code differ
 * @returns       [checkpoint − 1]
 * @throws Error on fewer than two checkpoints, on one adapter that its own mean is taken from, and as `compScore`
 * @source arXiv 2506.11613, appendix G and its published code
 * @check test/stats/localCosines.test.ts (NumPy)
 */
export function compScores(
  stacks: readonly (readonly ArrayLike<number>[])[],
  { deMean, sumOver }: { deMean: DeMean; sumOver?: CompSum },
): number[] {
  if (stacks.length < 2) throw new Error(`compScores: ${stacks.length} checkpoints; expected at least 2`);
  if (stacks.some((rows) => rows.length !== stacks[0].length))
    throw new Error('compScores: stacks differ in size; expected the same adapters at every checkpoint');
  if (deMean === 'adapters' && stacks[0].length < 2)
    throw new Error('compScores: one adapter; expected at least 2 to take the mean of the adapters from');
  const all = centred(stacks, deMean);
  return all.slice(0, -1).map((rows) => compScore(rows, all[all.length - 1], { sumOver }));
}

function centred(stacks: readonly (readonly ArrayLike<number>[])[], deMean: DeMean): (readonly ArrayLike<number>[])[] {
  if (deMean === 'nothing') return [...stacks];
  const less = (row: ArrayLike<number>, mean: ArrayLike<number>): Float64Array =>
    Float64Array.from(row, (x, j) => x - mean[j]);
  if (deMean === 'adapters') return stacks.map((rows) => rows.map((row) => less(row, meanRows(rows))));
  const means = stacks[0].map((_, i) => meanRows(stacks.map((rows) => rows[i])));
  return stacks.map((rows) => rows.map((row, i) => less(row, means[i])));
}
