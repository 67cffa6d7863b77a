import { loadPart, sigmoid4, storePart, tanh4 } from './vector';

const ROOT_2_OVER_PI: f32 = 0.7978845608;
const CUBIC: f32 = 0.044715;

// @ts-ignore: decorator
@inline
function geluAngle(x: v128): v128 {
  const x2 = f32x4.mul(x, x);
  const inner = f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(CUBIC), x2));
  return f32x4.mul(f32x4.mul(f32x4.splat(ROOT_2_OVER_PI), x), inner);
}

// @ts-ignore: decorator
@inline
function activate(x: v128, gelu: bool): v128 {
  if (!gelu) return f32x4.mul(x, sigmoid4(x));
  const half = f32x4.mul(f32x4.splat(0.5), x);
  return f32x4.mul(half, f32x4.add(f32x4.splat(1), tanh4(geluAngle(x))));
}

/** The activation's derivative. */
// @ts-ignore: decorator
@inline
function slope(x: v128, gelu: bool): v128 {
  const one = f32x4.splat(1);
  if (!gelu) {
    const s = sigmoid4(x);
    return f32x4.add(s, f32x4.mul(f32x4.mul(x, s), f32x4.sub(one, s)));
  }
  const t = tanh4(geluAngle(x));
  const x2 = f32x4.mul(x, x);
  const angleSlope = f32x4.mul(
    f32x4.splat(ROOT_2_OVER_PI),
    f32x4.add(one, f32x4.mul(f32x4.splat(3 * CUBIC), x2)),
  );
  const half = f32x4.splat(0.5);
  const bend = f32x4.mul(f32x4.mul(f32x4.mul(half, x), f32x4.sub(one, f32x4.mul(t, t))), angleSlope);
  return f32x4.add(f32x4.mul(half, f32x4.add(one, t)), bend);
}

/** y = activation(gate)·up over n elements; gelu false is SiLU. */
export function gatedMlp(gate: usize, up: usize, y: usize, n: i32, gelu: bool): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    v128.store(y + o, f32x4.mul(activate(v128.load(gate + o), gelu), v128.load(up + o)));
  }
  if (i < n) {
    const o = <usize>i << 2;
    storePart(y + o, f32x4.mul(activate(loadPart(gate + o, n - i), gelu), loadPart(up + o, n - i)), n - i);
  }
}

/** dGate = dy·up·activation'(gate), dUp = dy·activation(gate). */
export function gatedMlpGrad(gate: usize, up: usize, dy: usize, dGate: usize, dUp: usize, n: i32, gelu: bool): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    const g = v128.load(gate + o);
    const d = v128.load(dy + o);
    v128.store(dUp + o, f32x4.mul(d, activate(g, gelu)));
    v128.store(dGate + o, f32x4.mul(f32x4.mul(d, v128.load(up + o)), slope(g, gelu)));
  }
  if (i < n) {
    const o = <usize>i << 2;
    const m = n - i;
    const g = loadPart(gate + o, m);
    const d = loadPart(dy + o, m);
    storePart(dUp + o, f32x4.mul(d, activate(g, gelu)), m);
    storePart(dGate + o, f32x4.mul(f32x4.mul(d, loadPart(up + o, m)), slope(g, gelu)), m);
  }
}
