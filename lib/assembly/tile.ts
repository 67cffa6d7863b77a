import { loadPart, madd, storePart } from './vector';

/** Rows and columns of a tile: 6 x 2 accumulators, two vectors of B and one of A fill the fifteen registers V8 gives. */
export const MR: i32 = 6;
export const NR: i32 = 8;

/** One 6 x 8 tile of C (+)= panel of A · panel of B.
 *
 * `never` is always false. V8 (11.3) orders the loads of a loop by what uses its results afterwards; stores there make
 * it load all of A first and spill the accumulators (half the speed). A branch that could change every accumulator
 * keeps loads beside the multiplications that use them.
 */
export function tile(kc: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: bool, never: bool): void {
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

/** Copies the part of a tile that lies inside C, out of C or into it. */
export function copyEdge(from: usize, fromRow: usize, to: usize, toRow: usize, height: i32, width: i32): void {
  for (let r = 0; r < height; r++, from += fromRow, to += toRow) {
    let t = 0;
    if (width >= 4) {
      v128.store(to, v128.load(from));
      t = 4;
    }
    const n = width - t;
    const at = <usize>t << 2;
    if (n == 4) v128.store(to, v128.load(from, 16), 16);
    else if (n > 0) storePart(to + at, loadPart(from + at, n), n);
  }
}
