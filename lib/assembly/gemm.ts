// General matrix product, packed and blocked (Goto & van de Geijn 2008): 6 x 8 tiles held in vector registers,
// panels of A (MC x KC) and B (KC x NC) copied into scratch in the order in which the tile loop reads them.
import { packA, packB, packB16 } from './pack';
import { rowTimesMatrix, rowTimesTransposed } from './rowProduct';
import { copyEdge, MR, NR, tile } from './tile';

const KC: i32 = 256;
const MC: i32 = 96;
const NC: i32 = 512;
/** Bytes of scratch that `gemm` needs. */
export const GEMM_SCRATCH: i32 = 256 + 4 * KC * (NC + NR) + 4 * KC * (MC + MR);

/** C = op(A)·op(B), or C += with `accumulate`; op transposes when the switch is set. `bf16` says what B holds.
 *
 * @param M,N,K  C is M x N, op(A) is M x K
 * @param lda,ldb,ldc  bytes from one stored row to the next
 * @param scratch  GEMM_SCRATCH bytes
 */
export function gemm(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  lda: usize,
  transposeA: bool,
  b: usize,
  ldb: usize,
  transposeB: bool,
  bf16: bool,
  c: usize,
  ldc: usize,
  accumulate: bool,
  scratch: usize,
): void {
  if (M <= 0 || N <= 0) return;
  if (K <= 0) {
    if (!accumulate) for (let i = 0; i < M; i++) memory.fill(c + <usize>i * ldc, 0, <usize>N << 2);
    return;
  }
  if (M <= 2 && !transposeA) {
    for (let i = 0; i < M; i++) {
      const row = a + <usize>i * lda;
      const out = c + <usize>i * ldc;
      if (transposeB) rowTimesTransposed(N, K, row, b, ldb, bf16, out, accumulate);
      else rowTimesMatrix(N, K, row, b, ldb, bf16, out, accumulate);
    }
    return;
  }
  const shift: usize = bf16 ? 1 : 2;
  const edge = scratch;
  const packedB = scratch + 256;
  const packedA = packedB + 4 * KC * (NC + NR);
  for (let j = 0; j < N; j += NC) {
    const nc = min(NC, N - j);
    for (let k = 0; k < K; k += KC) {
      const kc = min(KC, K - k);
      const from = transposeB ? b + <usize>j * ldb + (<usize>k << shift) : b + <usize>k * ldb + (<usize>j << shift);
      if (bf16) packB16(from, ldb, transposeB, kc, nc, packedB);
      else packB(from, ldb, transposeB, kc, nc, packedB);
      const add = accumulate || k > 0;
      for (let i = 0; i < M; i += MC) {
        const mc = min(MC, M - i);
        packA(transposeA ? a + <usize>k * lda + (<usize>i << 2) : a + <usize>i * lda + (<usize>k << 2), lda, transposeA, mc, kc, packedA);
        for (let jj = 0; jj < nc; jj += NR) {
          const width = min(NR, nc - jj);
          const pb = packedB + <usize>(jj * kc) * 4;
          for (let ii = 0; ii < mc; ii += MR) {
            const height = min(MR, mc - ii);
            const pa = packedA + <usize>(ii * kc) * 4;
            const to = c + <usize>(i + ii) * ldc + (<usize>(j + jj) << 2);
            if (height == MR && width == NR) {
              tile(kc, pa, pb, to, ldc, add, kc < 0);
            } else {
              // As in a whole tile, so that a row's bits do not depend on where it stands.
              if (add) copyEdge(to, ldc, edge, NR * 4, height, width);
              tile(kc, pa, pb, edge, NR * 4, add, kc < 0);
              copyEdge(edge, NR * 4, to, ldc, height, width);
            }
          }
        }
      }
    }
  }
}

/** A batch of products with an optional bias; strides `sa sb` in elements from one matrix to the next, `lda ldb ldc` from one stored row to
 * the next: rows or columns of a product can be computed by themselves. */
export function matMul(
  batch: i32,
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  sa: i32,
  lda: i32,
  transposeA: bool,
  b: usize,
  sb: i32,
  ldb: i32,
  transposeB: bool,
  bf16: bool,
  bias: usize,
  c: usize,
  ldc: i32,
  scratch: usize,
): void {
  const rowA = <usize>lda << 2;
  const rowB = <usize>ldb << (bf16 ? 1 : 2);
  const rowC = <usize>ldc << 2;
  for (let i = 0; i < batch; i++) {
    if (bias != 0) for (let r = 0; r < M; r++) memory.copy(c + <usize>r * rowC, bias, <usize>N << 2);
    gemm(M, N, K, a, rowA, transposeA, b, rowB, transposeB, bf16, c, rowC, bias != 0, scratch);
    a += <usize>sa << 2;
    b += <usize>sb << (bf16 ? 1 : 2);
    c += <usize>M * rowC;
  }
}
