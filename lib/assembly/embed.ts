import { loadBf16, loadBf16One, loadPart, storePart } from './vector';

/** Widens n bfloat16 values. */
export function widen(from: usize, to: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(to + ((<usize>i) << 2), loadBf16(from + ((<usize>i) << 1)));
  for (; i < n; i++) store<f32>(to + ((<usize>i) << 2), loadBf16One(from + ((<usize>i) << 1)));
}

/** y[t] = weight[tokens[t]]. */
export function embed(weight: usize, tokens: usize, y: usize, n: i32, d: i32, bf16: bool): void {
  const bytes = (<usize>d) << 2;
  for (let t = 0; t < n; t++, y += bytes) {
    const id = <usize>load<i32>(tokens + ((<usize>t) << 2));
    if (bf16) widen(weight + id * (bytes >> 1), y, d);
    else memory.copy(y, weight + id * bytes, bytes);
  }
}

/** dWeight[tokens[t]] += dy[t], from zero. */
export function embedGrad(tokens: usize, dy: usize, dWeight: usize, n: i32, dVocab: i32, d: i32): void {
  const bytes = (<usize>d) << 2;
  memory.fill(dWeight, 0, <usize>dVocab * bytes);
  for (let t = 0; t < n; t++, dy += bytes) {
    const row = dWeight + <usize>load<i32>(tokens + ((<usize>t) << 2)) * bytes;
    let i = 0;
    for (; i + 4 <= d; i += 4) {
      const o = (<usize>i) << 2;
      v128.store(row + o, f32x4.add(v128.load(row + o), v128.load(dy + o)));
    }
    if (i < d) {
      const o = (<usize>i) << 2;
      storePart(row + o, f32x4.add(loadPart(row + o, d - i), loadPart(dy + o, d - i)), d - i);
    }
  }
}
