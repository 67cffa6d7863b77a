import { loadPart, madd, storePart, sumLanes } from './vector';

/** Σ x² over a row. */
function sumOfSquares(x: usize, d: i32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let i = 0;
  for (; i + 8 <= d; i += 8) {
    const a = v128.load(x + ((<usize>i) << 2));
    const b = v128.load(x + ((<usize>i) << 2), 16);
    s0 = madd(a, a, s0);
    s1 = madd(b, b, s1);
  }
  for (; i < d; i += 4) {
    const p = x + ((<usize>i) << 2);
    const a = i + 4 <= d ? v128.load(p) : loadPart(p, d - i);
    s0 = madd(a, a, s0);
  }
  return sumLanes(f32x4.add(s0, s1));
}

/** y = x / √(mean(x²) + eps) · (offset + weight), row by row. */
export function rmsNorm(x: usize, weight: usize, y: usize, rows: i32, d: i32, eps: f32, offset: f32): void {
  const bytes = (<usize>d) << 2;
  const add = f32x4.splat(offset);
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    const factor = f32x4.splat(1 / sqrt<f32>(sumOfSquares(x, d) / <f32>d + eps));
    let i = 0;
    for (; i + 4 <= d; i += 4) {
      const o = (<usize>i) << 2;
      v128.store(y + o, f32x4.mul(f32x4.mul(v128.load(x + o), factor), f32x4.add(v128.load(weight + o), add)));
    }
    if (i < d) {
      const o = (<usize>i) << 2;
      const n = d - i;
      storePart(y + o, f32x4.mul(f32x4.mul(loadPart(x + o, n), factor), f32x4.add(loadPart(weight + o, n), add)), n);
    }
  }
}

/** With x̂ = x·factor and g = dy·(offset + weight): dx = factor·(g − x̂·mean(g·x̂)), dWeight = Σ dy·x̂. */
export function rmsNormGrad(
  x: usize,
  weight: usize,
  dy: usize,
  dx: usize,
  dWeight: usize,
  rows: i32,
  d: i32,
  eps: f32,
  offset: f32,
): void {
  const bytes = (<usize>d) << 2;
  const add = f32x4.splat(offset);
  memory.fill(dWeight, 0, bytes);
  for (let r = 0; r < rows; r++, x += bytes, dy += bytes, dx += bytes) {
    const f: f32 = 1.0 / sqrt<f32>(sumOfSquares(x, d) / <f32>d + eps);
    const factor = f32x4.splat(f);
    let total = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= d; i += 4) {
      const o = (<usize>i) << 2;
      const hat = f32x4.mul(v128.load(x + o), factor);
      const g = v128.load(dy + o);
      v128.store(dWeight + o, madd(g, hat, v128.load(dWeight + o)));
      total = madd(f32x4.mul(g, f32x4.add(v128.load(weight + o), add)), hat, total);
    }
    const n = d - i;
    if (n > 0) {
      const o = (<usize>i) << 2;
      const hat = f32x4.mul(loadPart(x + o, n), factor);
      const g = loadPart(dy + o, n);
      storePart(dWeight + o, madd(g, hat, loadPart(dWeight + o, n)), n);
      total = madd(f32x4.mul(g, f32x4.add(loadPart(weight + o, n), add)), hat, total);
    }
    const along = f32x4.splat((sumLanes(total) / <f32>d) * f);
    for (i = 0; i + 4 <= d; i += 4) {
      const o = (<usize>i) << 2;
      const g = f32x4.mul(v128.load(dy + o), f32x4.add(v128.load(weight + o), add));
      v128.store(dx + o, f32x4.mul(factor, f32x4.sub(g, f32x4.mul(v128.load(x + o), along))));
    }
    if (n > 0) {
      const o = (<usize>i) << 2;
      const g = f32x4.mul(loadPart(dy + o, n), f32x4.add(loadPart(weight + o, n), add));
      storePart(dx + o, f32x4.mul(factor, f32x4.sub(g, f32x4.mul(loadPart(x + o, n), along))), n);
    }
  }
}
