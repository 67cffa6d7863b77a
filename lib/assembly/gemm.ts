// General matrix product, packed and blocked (Goto & van de Geijn 2008): 6 x 8 tiles held in vector registers,
// panels of A (MC x KC) and B (KC x NC) copied into scratch in the order in which the tile loop reads them.
import { loadBf16, loadBf16One, loadPart, madd, storePart, sumLanes } from './vector';

const MR: i32 = 6;
const NR: i32 = 8;
const KC: i32 = 256;
const MC: i32 = 96;
const NC: i32 = 512;
/** Bytes of scratch that `gemm` needs. */
export const GEMM_SCRATCH: i32 = 256 + 4 * KC * (NC + NR) + 4 * KC * (MC + MR);

/** One 6 x 8 tile of C (+)= panel of A · panel of B.
 *
 * `never` is always false. V8 (11.3) orders the loads of a loop by what uses its results afterwards; stores there make
 * it load all of A first and spill the accumulators (half the speed). A branch that could change every accumulator
 * keeps loads beside the multiplications that use them.
 */
function tile(kc: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: bool, never: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  if (accumulate) {
    let p = c;
    c00 = v128.load(p);
    c01 = v128.load(p, 16);
    p += ldc;
    c10 = v128.load(p);
    c11 = v128.load(p, 16);
    p += ldc;
    c20 = v128.load(p);
    c21 = v128.load(p, 16);
    p += ldc;
    c30 = v128.load(p);
    c31 = v128.load(p, 16);
    p += ldc;
    c40 = v128.load(p);
    c41 = v128.load(p, 16);
    p += ldc;
    c50 = v128.load(p);
    c51 = v128.load(p, 16);
  }
  let x: v128, b0: v128, b1: v128;
  const end = a + <usize>kc * (MR * 4);
  do {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load32_splat(a, 20);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    a += MR * 4;
    b += NR * 4;
  } while (a != end);
  if (never) {
    c00 = c01 = f32x4.splat(0);
    c10 = c11 = f32x4.splat(0);
    c20 = c21 = f32x4.splat(0);
    c30 = c31 = f32x4.splat(0);
    c40 = c41 = f32x4.splat(0);
    c50 = c51 = f32x4.splat(0);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldc;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += ldc;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

/** Rows `s0..s3`, four columns → four columns of four, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function transpose4(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
  const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(out + step, v128.shuffle<i64>(ab0, cd0, 1, 3));
  v128.store(out + 2 * step, v128.shuffle<i64>(ab1, cd1, 0, 2));
  v128.store(out + 3 * step, v128.shuffle<i64>(ab1, cd1, 1, 3));
}

/** Packs an mc x kc block of op(A) into panels of MR rows: panel[k][row]. Missing rows are 0. */
function packA(a: usize, lda: usize, transposed: bool, mc: i32, kc: i32, out: usize): void {
  for (let i = 0; i < mc; i += MR, out += <usize>kc * (MR * 4)) {
    const height = min(MR, mc - i);
    if (height == MR && transposed) {
      let s = a + (<usize>i << 2);
      for (let k = 0, d = out; k < kc; k++, s += lda, d += MR * 4) {
        v128.store(d, v128.load(s));
        store<u64>(d, load<u64>(s, 16), 16);
      }
    } else if (height == MR) {
      let s0 = a + <usize>i * lda;
      let s1 = s0 + lda;
      let s2 = s1 + lda;
      let s3 = s2 + lda;
      let s4 = s3 + lda;
      let s5 = s4 + lda;
      let d = out;
      let k = 0;
      for (; k + 4 <= kc; k += 4, d += 4 * MR * 4) {
        transpose4(v128.load(s0), v128.load(s1), v128.load(s2), v128.load(s3), d, MR * 4);
        const e = v128.load(s4);
        const f = v128.load(s5);
        const ef0 = v128.shuffle<i32>(e, f, 0, 4, 1, 5);
        const ef1 = v128.shuffle<i32>(e, f, 2, 6, 3, 7);
        v128.store64_lane(d, ef0, 0, 16);
        v128.store64_lane(d, ef0, 1, 16 + MR * 4);
        v128.store64_lane(d, ef1, 0, 16 + 2 * MR * 4);
        v128.store64_lane(d, ef1, 1, 16 + 3 * MR * 4);
        s0 += 16;
        s1 += 16;
        s2 += 16;
        s3 += 16;
        s4 += 16;
        s5 += 16;
      }
      for (; k < kc; k++, d += MR * 4) {
        store<f32>(d, load<f32>(s0));
        store<f32>(d, load<f32>(s1), 4);
        store<f32>(d, load<f32>(s2), 8);
        store<f32>(d, load<f32>(s3), 12);
        store<f32>(d, load<f32>(s4), 16);
        store<f32>(d, load<f32>(s5), 20);
        s0 += 4;
        s1 += 4;
        s2 += 4;
        s3 += 4;
        s4 += 4;
        s5 += 4;
      }
    } else {
      for (let r = 0; r < MR; r++) {
        let s = transposed ? a + (<usize>(i + r) << 2) : a + <usize>(i + r) * lda;
        const step: usize = transposed ? lda : 4;
        for (let k = 0, d = out + (<usize>r << 2); k < kc; k++, s += step, d += MR * 4) {
          store<f32>(d, r < height ? load<f32>(s) : 0);
        }
      }
    }
  }
}

/** Packs a kc x nc block of op(B) into panels of NR columns: panel[k][column]. Missing columns are 0. */
function packB(b: usize, ldb: usize, transposed: bool, kc: i32, nc: i32, out: usize): void {
  for (let j = 0; j < nc; j += NR, out += <usize>kc * (NR * 4)) {
    const width = min(NR, nc - j);
    if (width == NR && !transposed) {
      let s = b + (<usize>j << 2);
      for (let k = 0, d = out; k < kc; k++, s += ldb, d += NR * 4) {
        v128.store(d, v128.load(s));
        v128.store(d, v128.load(s, 16), 16);
      }
    } else if (width == NR) {
      for (let half = 0; half < NR; half += 4) {
        let s0 = b + <usize>(j + half) * ldb;
        let s1 = s0 + ldb;
        let s2 = s1 + ldb;
        let s3 = s2 + ldb;
        let d = out + (<usize>half << 2);
        let k = 0;
        for (; k + 4 <= kc; k += 4, d += 4 * NR * 4) {
          transpose4(v128.load(s0), v128.load(s1), v128.load(s2), v128.load(s3), d, NR * 4);
          s0 += 16;
          s1 += 16;
          s2 += 16;
          s3 += 16;
        }
        for (; k < kc; k++, d += NR * 4) {
          store<f32>(d, load<f32>(s0));
          store<f32>(d, load<f32>(s1), 4);
          store<f32>(d, load<f32>(s2), 8);
          store<f32>(d, load<f32>(s3), 12);
          s0 += 4;
          s1 += 4;
          s2 += 4;
          s3 += 4;
        }
      }
    } else {
      for (let t = 0; t < NR; t++) {
        let s = transposed ? b + <usize>(j + t) * ldb : b + (<usize>(j + t) << 2);
        const step: usize = transposed ? 4 : ldb;
        for (let k = 0, d = out + (<usize>t << 2); k < kc; k++, s += step, d += NR * 4) {
          store<f32>(d, t < width ? load<f32>(s) : 0);
        }
      }
    }
  }
}

/** `packB` for bfloat16 values, widened on the way. */
function packB16(b: usize, ldb: usize, transposed: bool, kc: i32, nc: i32, out: usize): void {
  for (let j = 0; j < nc; j += NR, out += <usize>kc * (NR * 4)) {
    const width = min(NR, nc - j);
    if (width == NR && !transposed) {
      let s = b + (<usize>j << 1);
      for (let k = 0, d = out; k < kc; k++, s += ldb, d += NR * 4) {
        v128.store(d, loadBf16(s));
        v128.store(d, loadBf16(s + 8), 16);
      }
    } else if (width == NR) {
      for (let half = 0; half < NR; half += 4) {
        let s0 = b + <usize>(j + half) * ldb;
        let s1 = s0 + ldb;
        let s2 = s1 + ldb;
        let s3 = s2 + ldb;
        let d = out + (<usize>half << 2);
        let k = 0;
        for (; k + 4 <= kc; k += 4, d += 4 * NR * 4) {
          transpose4(loadBf16(s0), loadBf16(s1), loadBf16(s2), loadBf16(s3), d, NR * 4);
          s0 += 8;
          s1 += 8;
          s2 += 8;
          s3 += 8;
        }
        for (; k < kc; k++, d += NR * 4) {
          store<f32>(d, loadBf16One(s0));
          store<f32>(d, loadBf16One(s1), 4);
          store<f32>(d, loadBf16One(s2), 8);
          store<f32>(d, loadBf16One(s3), 12);
          s0 += 2;
          s1 += 2;
          s2 += 2;
          s3 += 2;
        }
      }
    } else {
      for (let t = 0; t < NR; t++) {
        let s = transposed ? b + <usize>(j + t) * ldb : b + (<usize>(j + t) << 1);
        const step: usize = transposed ? 2 : ldb;
        for (let k = 0, d = out + (<usize>t << 2); k < kc; k++, s += step, d += NR * 4) {
          store<f32>(d, t < width ? loadBf16One(s) : 0);
        }
      }
    }
  }
}

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
              tile(kc, pa, pb, edge, NR * 4, false, kc < 0);
              copyEdge(edge, to, ldc, height, width, add);
            }
          }
        }
      }
    }
  }
}

/** Writes the part of a tile that lies inside C. */
function copyEdge(from: usize, to: usize, ldc: usize, height: i32, width: i32, add: bool): void {
  for (let r = 0; r < height; r++, from += NR * 4, to += ldc) {
    let t = 0;
    if (width >= 4) {
      v128.store(to, add ? f32x4.add(v128.load(to), v128.load(from)) : v128.load(from));
      t = 4;
    }
    const n = width - t;
    if (n == 4) {
      v128.store(to, add ? f32x4.add(v128.load(to, 16), v128.load(from, 16)) : v128.load(from, 16), 16);
    } else if (n > 0) {
      const p = to + (<usize>t << 2);
      const x = v128.load(from + (<usize>t << 2));
      storePart(p, add ? f32x4.add(loadPart(p, n), x) : x, n);
    }
  }
}

/** One row times Bᵀ: a dot product with every row of B, four rows at a time. */
function rowTimesTransposed(N: i32, K: i32, a: usize, b: usize, ldb: usize, bf16: bool, c: usize, add: bool): void {
  let j = 0;
  for (; j + 4 <= N; j += 4) {
    const b0 = b + <usize>j * ldb;
    const b1 = b0 + ldb;
    const b2 = b1 + ldb;
    const b3 = b2 + ldb;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let k = 0;
    if (bf16) {
      for (; k + 4 <= K; k += 4) {
        const x = v128.load(a + (<usize>k << 2));
        const o = <usize>k << 1;
        s0 = madd(x, loadBf16(b0 + o), s0);
        s1 = madd(x, loadBf16(b1 + o), s1);
        s2 = madd(x, loadBf16(b2 + o), s2);
        s3 = madd(x, loadBf16(b3 + o), s3);
      }
    } else {
      for (; k + 4 <= K; k += 4) {
        const o = <usize>k << 2;
        const x = v128.load(a + o);
        s0 = madd(x, v128.load(b0 + o), s0);
        s1 = madd(x, v128.load(b1 + o), s1);
        s2 = madd(x, v128.load(b2 + o), s2);
        s3 = madd(x, v128.load(b3 + o), s3);
      }
    }
    let r0 = sumLanes(s0);
    let r1 = sumLanes(s1);
    let r2 = sumLanes(s2);
    let r3 = sumLanes(s3);
    for (; k < K; k++) {
      const x = load<f32>(a + (<usize>k << 2));
      r0 += x * element(b0, k, bf16);
      r1 += x * element(b1, k, bf16);
      r2 += x * element(b2, k, bf16);
      r3 += x * element(b3, k, bf16);
    }
    const p = c + (<usize>j << 2);
    store<f32>(p, add ? load<f32>(p) + r0 : r0);
    store<f32>(p, add ? load<f32>(p, 4) + r1 : r1, 4);
    store<f32>(p, add ? load<f32>(p, 8) + r2 : r2, 8);
    store<f32>(p, add ? load<f32>(p, 12) + r3 : r3, 12);
  }
  for (; j < N; j++) {
    const row = b + <usize>j * ldb;
    let s = f32x4.splat(0);
    let k = 0;
    for (; k + 4 <= K; k += 4) {
      const y = bf16 ? loadBf16(row + (<usize>k << 1)) : v128.load(row + (<usize>k << 2));
      s = madd(v128.load(a + (<usize>k << 2)), y, s);
    }
    let r = sumLanes(s);
    for (; k < K; k++) r += load<f32>(a + (<usize>k << 2)) * element(row, k, bf16);
    const p = c + (<usize>j << 2);
    store<f32>(p, add ? load<f32>(p) + r : r);
  }
}

// @ts-ignore: decorator
@inline
function element(row: usize, k: i32, bf16: bool): f32 {
  return bf16 ? loadBf16One(row + (<usize>k << 1)) : load<f32>(row + (<usize>k << 2));
}

/** One row times B: C gathers the rows of B, four at a time, in strips of sixteen columns. */
function rowTimesMatrix(N: i32, K: i32, a: usize, b: usize, ldb: usize, bf16: bool, c: usize, add: bool): void {
  const shift: usize = bf16 ? 1 : 2;
  let j = 0;
  for (; j + 16 <= N; j += 16) {
    const p = c + (<usize>j << 2);
    let s0 = add ? v128.load(p) : f32x4.splat(0);
    let s1 = add ? v128.load(p, 16) : f32x4.splat(0);
    let s2 = add ? v128.load(p, 32) : f32x4.splat(0);
    let s3 = add ? v128.load(p, 48) : f32x4.splat(0);
    let row = b + (<usize>j << shift);
    for (let k = 0; k < K; k++, row += ldb) {
      const x = v128.load32_splat(a + (<usize>k << 2));
      if (bf16) {
        s0 = madd(x, loadBf16(row), s0);
        s1 = madd(x, loadBf16(row + 8), s1);
        s2 = madd(x, loadBf16(row + 16), s2);
        s3 = madd(x, loadBf16(row + 24), s3);
      } else {
        s0 = madd(x, v128.load(row), s0);
        s1 = madd(x, v128.load(row, 16), s1);
        s2 = madd(x, v128.load(row, 32), s2);
        s3 = madd(x, v128.load(row, 48), s3);
      }
    }
    v128.store(p, s0);
    v128.store(p, s1, 16);
    v128.store(p, s2, 32);
    v128.store(p, s3, 48);
  }
  for (; j < N; j++) {
    const p = c + (<usize>j << 2);
    let r: f32 = add ? load<f32>(p) : 0;
    let row = b + (<usize>j << shift);
    for (let k = 0; k < K; k++, row += ldb) r += load<f32>(a + (<usize>k << 2)) * (bf16 ? loadBf16One(row) : load<f32>(row));
    store<f32>(p, r);
  }
}

/** A batch of products with an optional bias; strides `sa sb sc` in elements from one matrix to the next. */
export function matMul(
  batch: i32,
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  sa: i32,
  transposeA: bool,
  b: usize,
  sb: i32,
  transposeB: bool,
  bf16: bool,
  bias: usize,
  c: usize,
  scratch: usize,
): void {
  const lda = <usize>(transposeA ? M : K) << 2;
  const ldb = <usize>(transposeB ? K : N) << (bf16 ? 1 : 2);
  const ldc = <usize>N << 2;
  for (let i = 0; i < batch; i++) {
    if (bias != 0) for (let r = 0; r < M; r++) memory.copy(c + <usize>r * ldc, bias, ldc);
    gemm(M, N, K, a, lda, transposeA, b, ldb, transposeB, bf16, c, ldc, bias != 0, scratch);
    a += <usize>sa << 2;
    b += <usize>sb << (bf16 ? 1 : 2);
    c += <usize>M * ldc;
  }
}
