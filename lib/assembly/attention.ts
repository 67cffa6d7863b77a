// Causal attention, [batch pos head dHead] throughout: every head is a strided matrix for `gemm`, nothing is transposed.
// Queries go in blocks of ROWS; a block reads only the keys that some query of it sees.
import { gemm } from './gemm';
import { log } from './log';
import { exp4, loadPart, madd, maxLanes, storePart, sumLanes, tanh4 } from './vector';

const ROWS: i32 = 48;

/** Bytes of scratch for kPos keys, `gemm`'s not included. */
export function attentionScratch(kPos: i32): i32 {
  return 2 * ROWS * ((kPos + 3) & ~3) * 4 + 64;
}

// @ts-ignore: decorator
@inline
function firstKey(query: i32, window: i32, padding: i32): i32 {
  return window > 0 ? max(padding, query - window + 1) : padding;
}

/** out = softmax(mask(softcap(scale·q·kᵀ)))·v; logSum = log Σ exp(score); pattern (0: not wanted) the weights.
 *
 * @param first,last  heads of the batch that are computed, n·nHeads + h from `first` to before `last`
 */
export function attention(
  q: usize,
  k: usize,
  v: usize,
  padding: usize,
  out: usize,
  logSum: usize,
  pattern: usize,
  first: i32,
  last: i32,
  qPos: i32,
  kPos: i32,
  nHeads: i32,
  nKvHeads: i32,
  dHead: i32,
  scale: f32,
  softcap: f32,
  window: i32,
  scratch: usize,
  gemmScratch: usize,
): void {
  const qRow = <usize>(nHeads * dHead) << 2;
  const kRow = <usize>(nKvHeads * dHead) << 2;
  const group = nHeads / nKvHeads;
  for (let index = first; index < last; index++) {
    const n = index / nHeads;
    const h = index % nHeads;
    const pad = padding != 0 ? load<i32>(padding + (<usize>n << 2)) : 0;
    const qHead = q + <usize>n * <usize>qPos * qRow + (<usize>(h * dHead) << 2);
    const outHead = out + <usize>n * <usize>qPos * qRow + (<usize>(h * dHead) << 2);
    const kvOffset = <usize>n * <usize>kPos * kRow + (<usize>((h / group) * dHead) << 2);
    for (let i = 0; i < qPos; i += ROWS) {
      const rows = min(ROWS, qPos - i);
      const query = kPos - qPos + i;
      const lo = min(firstKey(query, window, pad), query + rows);
      const keys = query + rows - lo;
      const lds = <usize>((keys + 3) & ~3) << 2;
      gemm(rows, keys, dHead, qHead + <usize>i * qRow, qRow, false, k + kvOffset + <usize>lo * kRow, kRow, true, false, scratch, lds, false, gemmScratch);
      const stats = logSum + (<usize>((n * nHeads + h) * qPos + i) << 2);
      for (let r = 0; r < rows; r++) {
        const row = scratch + <usize>r * lds;
        const from = firstKey(query + r, window, pad) - lo;
        const to = query + r + 1 - lo;
        store<f32>(stats + (<usize>r << 2), softmaxRow(row, keys, from, to, scale, softcap));
        if (pattern != 0) {
          const p = pattern + <usize>((n * nHeads + h) * qPos + i + r) * (<usize>kPos << 2);
          memory.fill(p, 0, <usize>kPos << 2);
          memory.copy(p + (<usize>lo << 2), row, <usize>keys << 2);
        }
      }
      gemm(rows, dHead, keys, scratch, lds, false, v + kvOffset + <usize>lo * kRow, kRow, false, false, outHead + <usize>i * qRow, qRow, false, gemmScratch);
    }
  }
}

// @ts-ignore: decorator
@inline
function capped(x: v128, scale: f32, softcap: f32): v128 {
  const s = f32x4.mul(x, f32x4.splat(scale));
  return softcap > 0 ? f32x4.mul(tanh4(f32x4.mul(s, f32x4.splat(1 / softcap))), f32x4.splat(softcap)) : s;
}

/** Softmax over [from, to) of a row of `length`, 0 elsewhere; returns log Σ exp(score), 0 where nothing is visible. */
function softmaxRow(row: usize, length: i32, from: i32, to: i32, scale: f32, softcap: f32): f32 {
  if (from >= to) {
    memory.fill(row, 0, <usize>length << 2);
    return 0;
  }
  memory.fill(row, 0, <usize>from << 2);
  const p = row + (<usize>from << 2);
  const n = to - from;
  const tail = n & 3;
  const whole = n - tail;
  let top = f32x4.splat(-Infinity);
  for (let i = 0; i < whole; i += 4) {
    const at = p + (<usize>i << 2);
    const s = capped(v128.load(at), scale, softcap);
    v128.store(at, s);
    top = f32x4.pmax(top, s);
  }
  let m = maxLanes(top);
  const last = p + (<usize>whole << 2);
  let end = f32x4.splat(0);
  if (tail != 0) {
    end = capped(loadPart(last, tail), scale, softcap);
    m = max(m, f32x4.extract_lane(end, 0));
    if (tail > 1) m = max(m, f32x4.extract_lane(end, 1));
    if (tail > 2) m = max(m, f32x4.extract_lane(end, 2));
  }
  const shift = f32x4.splat(m);
  let total = f32x4.splat(0);
  for (let i = 0; i < whole; i += 4) {
    const at = p + (<usize>i << 2);
    const e = exp4(f32x4.sub(v128.load(at), shift));
    v128.store(at, e);
    total = f32x4.add(total, e);
  }
  if (tail != 0) {
    storePart(last, exp4(f32x4.sub(end, shift)), tail);
    end = loadPart(last, tail);
    total = f32x4.add(total, end);
  }
  const sum = sumLanes(total);
  const factor = f32x4.splat(1 / sum);
  for (let i = 0; i < whole; i += 4) {
    const at = p + (<usize>i << 2);
    v128.store(at, f32x4.mul(v128.load(at), factor));
  }
  if (tail != 0) storePart(last, f32x4.mul(end, factor), tail);
  memory.fill(p + (<usize>n << 2), 0, <usize>(length - to) << 2);
  return m + <f32>log(<f64>sum);
}

/** Gradients of `attention`: rebuilds the pattern P from logSum; dS = P∘(dy·vᵀ − Σ dy∘out)∘softcap'·scale.
 *
 * @param first,last  as there; all heads of a key head are among them or none
 */
export function attentionGrad(
  q: usize,
  k: usize,
  v: usize,
  padding: usize,
  out: usize,
  logSum: usize,
  dy: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  first: i32,
  last: i32,
  qPos: i32,
  kPos: i32,
  nHeads: i32,
  nKvHeads: i32,
  dHead: i32,
  scale: f32,
  softcap: f32,
  window: i32,
  scratch: usize,
  gemmScratch: usize,
): void {
  const qRow = <usize>(nHeads * dHead) << 2;
  const kRow = <usize>(nKvHeads * dHead) << 2;
  const group = nHeads / nKvHeads;
  const second = scratch + <usize>(attentionScratch(kPos) - 64) / 2;
  for (let index = first; index < last; index++) {
    const n = index / nHeads;
    const h = index % nHeads;
    const pad = padding != 0 ? load<i32>(padding + (<usize>n << 2)) : 0;
    const qOffset = <usize>n * <usize>qPos * qRow + (<usize>(h * dHead) << 2);
    const kvOffset = <usize>n * <usize>kPos * kRow + (<usize>((h / group) * dHead) << 2);
    if (h % group == 0) {
      for (let j = 0; j < kPos; j++) {
        memory.fill(dk + kvOffset + <usize>j * kRow, 0, <usize>dHead << 2);
        memory.fill(dv + kvOffset + <usize>j * kRow, 0, <usize>dHead << 2);
      }
    }
    for (let i = 0; i < qPos; i += ROWS) {
      const rows = min(ROWS, qPos - i);
      const query = kPos - qPos + i;
      const lo = min(firstKey(query, window, pad), query + rows);
      const keys = query + rows - lo;
      const lds = <usize>((keys + 3) & ~3) << 2;
      const qBlock = qOffset + <usize>i * qRow;
      const kvBlock = kvOffset + <usize>lo * kRow;
      gemm(rows, keys, dHead, q + qBlock, qRow, false, k + kvBlock, kRow, true, false, scratch, lds, false, gemmScratch);
      gemm(rows, keys, dHead, dy + qBlock, qRow, false, v + kvBlock, kRow, true, false, second, lds, false, gemmScratch);
      for (let r = 0; r < rows; r++) {
        const at = qBlock + <usize>r * qRow;
        const from = firstKey(query + r, window, pad) - lo;
        const to = query + r + 1 - lo;
        const log = load<f32>(logSum + (<usize>((n * nHeads + h) * qPos + i + r) << 2));
        const row = <usize>r * lds;
        scoreGradRow(scratch + row, second + row, keys, from, to, log, dot(dy + at, out + at, dHead), scale, softcap);
      }
      gemm(keys, dHead, rows, scratch, lds, true, dy + qBlock, qRow, false, false, dv + kvBlock, kRow, true, gemmScratch);
      gemm(rows, dHead, keys, second, lds, false, k + kvBlock, kRow, false, false, dq + qBlock, qRow, false, gemmScratch);
      gemm(keys, dHead, rows, second, lds, true, q + qBlock, qRow, false, false, dk + kvBlock, kRow, true, gemmScratch);
    }
  }
}

/** In place: raw products → pattern, dP → dS, on [from, to); 0 elsewhere. */
function scoreGradRow(p: usize, d: usize, length: i32, from: i32, to: i32, log: f32, delta: f32, scale: f32, softcap: f32): void {
  if (from >= to) {
    memory.fill(p, 0, <usize>length << 2);
    memory.fill(d, 0, <usize>length << 2);
    return;
  }
  memory.fill(p, 0, <usize>from << 2);
  memory.fill(d, 0, <usize>from << 2);
  const shift = f32x4.splat(log);
  const mean = f32x4.splat(delta);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const o = <usize>i << 2;
    const s = capped(v128.load(p + o), scale, softcap);
    const w = exp4(f32x4.sub(s, shift));
    v128.store(p + o, w);
    v128.store(d + o, scoreGrad(s, w, v128.load(d + o), mean, scale, softcap));
  }
  if (i < to) {
    const o = <usize>i << 2;
    const s = capped(loadPart(p + o, to - i), scale, softcap);
    const w = exp4(f32x4.sub(s, shift));
    storePart(p + o, w, to - i);
    storePart(d + o, scoreGrad(s, w, loadPart(d + o, to - i), mean, scale, softcap), to - i);
  }
  memory.fill(p + (<usize>to << 2), 0, <usize>(length - to) << 2);
  memory.fill(d + (<usize>to << 2), 0, <usize>(length - to) << 2);
}

// @ts-ignore: decorator
@inline
function scoreGrad(s: v128, w: v128, d: v128, mean: v128, scale: f32, softcap: f32): v128 {
  let g = f32x4.mul(f32x4.mul(w, f32x4.sub(d, mean)), f32x4.splat(scale));
  if (softcap > 0) {
    const t = f32x4.mul(s, f32x4.splat(1 / softcap));
    g = f32x4.mul(g, f32x4.sub(f32x4.splat(1), f32x4.mul(t, t)));
  }
  return g;
}

function dot(a: usize, b: usize, n: i32): f32 {
  let s = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) s = madd(v128.load(a + (<usize>i << 2)), v128.load(b + (<usize>i << 2)), s);
  if (i < n) s = madd(loadPart(a + (<usize>i << 2), n - i), loadPart(b + (<usize>i << 2), n - i), s);
  return sumLanes(s);
}
