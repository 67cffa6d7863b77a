import { loadPart, madd, storePart, sumLanes } from './vector';

/** y = x + factor·vector for one row; x may be y. */
// @ts-ignore: decorator
@inline
function addRow(x: usize, vector: usize, y: usize, d: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= d; i += 4) {
    const o = <usize>i << 2;
    v128.store(y + o, madd(v128.load(vector + o), f, v128.load(x + o)));
  }
  if (i < d) {
    const o = <usize>i << 2;
    storePart(y + o, madd(loadPart(vector + o, d - i), f, loadPart(x + o, d - i)), d - i);
  }
}

/** y[r] = x[r] + coeff·mask[r]·vector; mask 0 is no mask. */
export function addVector(x: usize, vector: usize, mask: usize, y: usize, rows: i32, d: i32, coeff: f32): void {
  const bytes = <usize>d << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    addRow(x, vector, y, d, mask != 0 ? coeff * load<f32>(mask + (<usize>r << 2)) : coeff);
  }
}

/** y[r] = x[r] − mask[r]·(x[r]·direction)·direction; mask 0 is no mask. */
export function ablateDirection(x: usize, direction: usize, mask: usize, y: usize, rows: i32, d: i32): void {
  const bytes = <usize>d << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    let s = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= d; i += 4) s = madd(v128.load(x + (<usize>i << 2)), v128.load(direction + (<usize>i << 2)), s);
    if (i < d) s = madd(loadPart(x + (<usize>i << 2), d - i), loadPart(direction + (<usize>i << 2), d - i), s);
    const along = sumLanes(s);
    addRow(x, direction, y, d, mask != 0 ? -along * load<f32>(mask + (<usize>r << 2)) : -along);
  }
}

/** y[b] = Σ_p mask[b p]·x[b p] / Σ_p mask[b p]. */
export function pool(x: usize, mask: usize, y: usize, batch: i32, pos: i32, d: i32): void {
  const bytes = <usize>d << 2;
  for (let b = 0; b < batch; b++, y += bytes, mask += <usize>pos << 2) {
    let total: f32 = 0;
    for (let p = 0; p < pos; p++) total += load<f32>(mask + (<usize>p << 2));
    memory.fill(y, 0, bytes);
    for (let p = 0; p < pos; p++, x += bytes) {
      const m = load<f32>(mask + (<usize>p << 2));
      if (m != 0) addRow(y, x, y, d, m / total);
    }
  }
}

/** dx[b p] = mask[b p] / Σ_p mask[b p] · dy[b]. */
export function poolGrad(mask: usize, dy: usize, dx: usize, batch: i32, pos: i32, d: i32): void {
  const bytes = <usize>d << 2;
  memory.fill(dx, 0, <usize>batch * <usize>pos * bytes);
  for (let b = 0; b < batch; b++, dy += bytes, mask += <usize>pos << 2) {
    let total: f32 = 0;
    for (let p = 0; p < pos; p++) total += load<f32>(mask + (<usize>p << 2));
    for (let p = 0; p < pos; p++, dx += bytes) addRow(dx, dy, dx, d, load<f32>(mask + (<usize>p << 2)) / total);
  }
}
