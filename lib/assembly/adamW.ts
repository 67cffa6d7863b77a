import { loadPart, storePart } from './vector';

/** One AdamW step: keep = 1 − lr·decay, rate = lr/(1 − β₁ᵗ), root = 1/√(1 − β₂ᵗ); the primed outputs are new memory. */
export function adamW(
  param: usize,
  m: usize,
  v: usize,
  grad: usize,
  newParam: usize,
  newM: usize,
  newV: usize,
  n: i32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  keep: f32,
  rate: f32,
  root: f32,
  eps: f32,
): void {
  for (let i = 0; i < n; i += 4) {
    const o = (<usize>i) << 2;
    const part = n - i < 4 ? n - i : 0;
    const g = part ? loadPart(grad + o, part) : v128.load(grad + o);
    const oldM = part ? loadPart(m + o, part) : v128.load(m + o);
    const oldV = part ? loadPart(v + o, part) : v128.load(v + o);
    const p = part ? loadPart(param + o, part) : v128.load(param + o);
    const m1 = f32x4.add(f32x4.mul(oldM, f32x4.splat(beta1)), f32x4.mul(g, f32x4.splat(rest1)));
    const v1 = f32x4.add(f32x4.mul(oldV, f32x4.splat(beta2)), f32x4.mul(f32x4.mul(g, g), f32x4.splat(rest2)));
    const below = f32x4.add(f32x4.mul(f32x4.sqrt(v1), f32x4.splat(root)), f32x4.splat(eps));
    const move = f32x4.div(f32x4.mul(m1, f32x4.splat(rate)), below);
    const p1 = f32x4.sub(f32x4.mul(p, f32x4.splat(keep)), move);
    if (part) {
      storePart(newM + o, m1, part);
      storePart(newV + o, v1, part);
      storePart(newParam + o, p1, part);
    } else {
      v128.store(newM + o, m1);
      v128.store(newV + o, v1);
      v128.store(newParam + o, p1);
    }
  }
}
