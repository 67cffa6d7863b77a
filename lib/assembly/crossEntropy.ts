import { log } from './log';
import { exp4, loadPart, maxLanes, storePart, sumLanes } from './vector';

/** Largest value of a row. */
function rowMax(x: usize, n: i32): f32 {
  let top = f32x4.splat(-Infinity);
  let i = 0;
  for (; i + 4 <= n; i += 4) top = f32x4.pmax(top, v128.load(x + ((<usize>i) << 2)));
  let m = maxLanes(top);
  for (; i < n; i++) m = max(m, load<f32>(x + ((<usize>i) << 2)));
  return m;
}

/** loss[0] = Σ w·(logSum − x[target]) / Σ w; logSum[r] = log Σ exp(x[r]). */
export function crossEntropy(
  logits: usize,
  targets: usize,
  weights: usize,
  loss: usize,
  logSum: usize,
  rows: i32,
  dVocab: i32,
): void {
  let total: f64 = 0;
  let weightSum: f64 = 0;
  for (let r = 0; r < rows; r++, logits += (<usize>dVocab) << 2) {
    const m = rowMax(logits, dVocab);
    const shift = f32x4.splat(m);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let i = 0;
    for (; i + 8 <= dVocab; i += 8) {
      const p = logits + ((<usize>i) << 2);
      s0 = f32x4.add(s0, exp4(f32x4.sub(v128.load(p), shift)));
      s1 = f32x4.add(s1, exp4(f32x4.sub(v128.load(p, 16), shift)));
    }
    let sum = <f64>sumLanes(f32x4.add(s0, s1));
    for (; i < dVocab; i++) {
      const x = load<f32>(logits + ((<usize>i) << 2)) - m;
      sum += <f64>f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
    }
    const whole = <f64>m + log(sum);
    store<f32>(logSum + ((<usize>r) << 2), <f32>whole);
    const w = <f64>load<f32>(weights + ((<usize>r) << 2));
    const chosen = load<f32>(logits + ((<usize>load<i32>(targets + ((<usize>r) << 2))) << 2));
    total += w * (whole - <f64>chosen);
    weightSum += w;
  }
  store<f32>(loss, <f32>(total / weightSum));
}

/** dLogits = dy·w/Σw·(softmax(x) − onehot(target)). */
export function crossEntropyGrad(
  logits: usize,
  targets: usize,
  weights: usize,
  logSum: usize,
  dy: usize,
  dLogits: usize,
  rows: i32,
  dVocab: i32,
): void {
  const bytes = (<usize>dVocab) << 2;
  let weightSum: f64 = 0;
  for (let r = 0; r < rows; r++) weightSum += <f64>load<f32>(weights + ((<usize>r) << 2));
  const unit = <f64>load<f32>(dy) / weightSum;
  for (let r = 0; r < rows; r++, logits += bytes, dLogits += bytes) {
    const share = <f32>(unit * <f64>load<f32>(weights + ((<usize>r) << 2)));
    if (share == 0) {
      memory.fill(dLogits, 0, bytes);
      continue;
    }
    const shift = f32x4.splat(load<f32>(logSum + ((<usize>r) << 2)));
    const scale = f32x4.splat(share);
    let i = 0;
    for (; i + 4 <= dVocab; i += 4) {
      const o = (<usize>i) << 2;
      v128.store(dLogits + o, f32x4.mul(exp4(f32x4.sub(v128.load(logits + o), shift)), scale));
    }
    if (i < dVocab) {
      const o = (<usize>i) << 2;
      const n = dVocab - i;
      storePart(dLogits + o, f32x4.mul(exp4(f32x4.sub(loadPart(logits + o, n), shift)), scale), n);
    }
    const at = dLogits + ((<usize>load<i32>(targets + ((<usize>r) << 2))) << 2);
    store<f32>(at, load<f32>(at) - share);
  }
}
