import { MR, NR } from './tile';
import { loadBf16, loadBf16One } from './vector';

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
export function packA(a: usize, lda: usize, transposed: bool, mc: i32, kc: i32, out: usize): void {
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
export function packB(b: usize, ldb: usize, transposed: bool, kc: i32, nc: i32, out: usize): void {
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
export function packB16(b: usize, ldb: usize, transposed: bool, kc: i32, nc: i32, out: usize): void {
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
