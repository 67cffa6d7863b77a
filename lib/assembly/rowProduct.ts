// Products of a single row, bound by the memory that holds B: nothing is packed.
import { loadBf16, loadBf16One, madd, sumLanes } from './vector';

/** One row times Bᵀ: a dot product with every row of B, four rows at a time. */
export function rowTimesTransposed(N: i32, K: i32, a: usize, b: usize, ldb: usize, bf16: bool, c: usize, add: bool): void {
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
export function rowTimesMatrix(N: i32, K: i32, a: usize, b: usize, ldb: usize, bf16: bool, c: usize, add: bool): void {
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
