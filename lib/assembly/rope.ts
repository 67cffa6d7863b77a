import { loadPart, storePart } from './vector';

/** Turns the pairs (x[i], x[i + dHead/2]) of every head by the angle of the token's position; `inverse` turns back. */
export function rope(
  x: usize,
  cos: usize,
  sin: usize,
  positions: usize,
  y: usize,
  tokens: i32,
  heads: i32,
  dHead: i32,
  inverse: bool,
): void {
  const half = dHead / 2;
  const halfBytes = (<usize>half) << 2;
  const sign = f32x4.splat(inverse ? -1 : 1);
  for (let t = 0; t < tokens; t++) {
    const at = <usize>load<i32>(positions + ((<usize>t) << 2)) * halfBytes;
    for (let h = 0; h < heads; h++, x += 2 * halfBytes, y += 2 * halfBytes) {
      let i = 0;
      for (; i + 4 <= half; i += 4) {
        const o = (<usize>i) << 2;
        const a = v128.load(x + o);
        const b = v128.load(x + halfBytes + o);
        const c = v128.load(cos + at + o);
        const s = f32x4.mul(v128.load(sin + at + o), sign);
        v128.store(y + o, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(y + halfBytes + o, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
      }
      const n = half - i;
      if (n > 0) {
        const o = (<usize>i) << 2;
        const a = loadPart(x + o, n);
        const b = loadPart(x + halfBytes + o, n);
        const c = loadPart(cos + at + o, n);
        const s = f32x4.mul(loadPart(sin + at + o, n), sign);
        storePart(y + o, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)), n);
        storePart(y + halfBytes + o, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)), n);
      }
    }
  }
}
