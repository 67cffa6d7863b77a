import test from 'node:test';
import assert from 'node:assert/strict';
import { hasRelaxedSimd, instantiateWasmKernels, type WasmKernels } from 'traitlab/kernels/wasm/wasmModule';
import { webAssembly } from 'traitlab/kernels/wasm/webAssembly';

// The kernels write into tfjs's memory: a byte beyond an output would silently change some other tensor.

const CANARY = 0x5ca1ab1e;

/** A memory of its own with one build of the kernels; what is not an output must still hold the canary. */
class Sandbox {
  readonly kernels: WasmKernels;
  private readonly memory = new webAssembly.Memory({ initial: 24, maximum: 65536, shared: true });
  private readonly written: [from: number, to: number][] = [];
  private top = 64;

  constructor(simd: 'relaxed' | 'simd') {
    this.kernels = instantiateWasmKernels(this.memory, simd);
    new Uint32Array(this.memory.buffer).fill(CANARY);
  }

  /** Address of n floats at an odd place, filled with ones unless they are an output. */
  floats(n: number, isOutput = false): number {
    const at = this.top + 4;
    this.top = at + 4 * n + 12;
    if (isOutput) this.written.push([at, at + 4 * n]);
    else {
      new Float32Array(this.memory.buffer, at, n).fill(1);
      this.written.push([at, at + 4 * n]);
    }
    return at;
  }

  output(n: number): number {
    return this.floats(n, true);
  }

  integers(n: number): number {
    const at = this.floats(n);
    new Int32Array(this.memory.buffer, at, n).fill(1);
    return at;
  }

  check(what: string): void {
    const words = new Uint32Array(this.memory.buffer);
    for (const [from, to] of this.written) words.fill(CANARY, from / 4, to / 4);
    const bad = words.findIndex((word) => word !== CANARY);
    assert.equal(bad, -1, `${what}: wrote at byte ${bad * 4}`);
  }
}

for (const simd of hasRelaxedSimd() ? (['simd', 'relaxed'] as const) : (['simd'] as const)) {
  test(`kernels write their outputs and nothing else (${simd})`, () => {
    for (const n of [1, 2, 3, 5, 6, 7, 8, 9, 13]) {
      const run = (what: string, call: (s: Sandbox, k: WasmKernels) => void): void => {
        const sandbox = new Sandbox(simd);
        call(sandbox, sandbox.kernels);
        sandbox.check(`${what} ${n}`);
      };
      for (const [ta, tb] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]) {
        run(`matMul ${ta}${tb}`, (s, k) => {
          const m = n + 1;
          const scratch = s.output(k.gemmScratch() / 4);
          k.matMul(
            2,
            m,
            n,
            n,
            s.floats(2 * m * n),
            m * n,
            ta ? m : n,
            ta,
            s.floats(2 * n * n),
            n * n,
            n,
            tb,
            0,
            0,
            s.output(2 * m * n),
            n,
            scratch,
          );
        });
      }
      run('attention', (s, k) => {
        const scratch = s.output(k.attentionScratch(n) / 4);
        const gemm = s.output(k.gemmScratch() / 4);
        const [q, key, v] = [s.floats(2 * n * 2 * n), s.floats(2 * n * n), s.floats(2 * n * n)];
        const pads = s.integers(2);
        const [out, logSum, pattern] = [s.output(2 * n * 2 * n), s.output(2 * 2 * n), s.output(2 * 2 * n * n)];
        k.attention(q, key, v, pads, out, logSum, pattern, 0, 4, n, n, 2, 1, n, 1, 2, 3, scratch, gemm);
        const grads = [s.output(2 * n * 2 * n), s.output(2 * n * n), s.output(2 * n * n)] as const;
        k.attentionGrad(
          q,
          key,
          v,
          pads,
          out,
          logSum,
          s.floats(2 * n * 2 * n),
          ...grads,
          0,
          4,
          n,
          n,
          2,
          1,
          n,
          1,
          2,
          3,
          scratch,
          gemm,
        );
      });
      run('rmsNorm', (s, k) => {
        const [x, w, dy] = [s.floats(3 * n), s.floats(n), s.floats(3 * n)];
        k.rmsNorm(x, w, s.output(3 * n), 3, n, 1e-6, 0);
        k.rmsNormGrad(x, w, dy, s.output(3 * n), s.output(n), 3, n, 1e-6, 0);
      });
      run('rope', (s, k) =>
        k.rope(s.floats(6 * n), s.floats(2 * n), s.floats(2 * n), s.integers(3), s.output(6 * n), 3, 1, 2 * n, 0),
      );
      run('gatedMlp', (s, k) => {
        const [gate, up, dy] = [s.floats(n), s.floats(n), s.floats(n)];
        k.gatedMlp(gate, up, s.output(n), n, 0);
        k.gatedMlpGrad(gate, up, dy, s.output(n), s.output(n), n, 1);
      });
      run('crossEntropy', (s, k) => {
        const [x, targets, weights] = [s.floats(3 * (n + 1)), s.integers(3), s.floats(3)];
        const logSum = s.output(3);
        k.crossEntropy(x, targets, weights, s.output(1), logSum, 3, n + 1);
        k.crossEntropyGrad(x, targets, weights, logSum, s.floats(1), s.output(3 * (n + 1)), 3, n + 1);
      });
      run('embed', (s, k) => {
        const tokens = s.integers(3);
        k.embed(s.floats(2 * n), tokens, s.output(3 * n), 3, n, 0);
        k.embed(s.floats(2 * n), tokens, s.output(3 * n), 3, n, 1);
        k.embedGrad(tokens, s.floats(3 * n), s.output(2 * n), 3, 2, n);
        k.widen(s.floats(n), s.output(n), n);
      });
      run('adamW', (s, k) => {
        const old = [s.floats(n), s.floats(n), s.floats(n), s.floats(n)] as const;
        k.adamW(...old, s.output(n), s.output(n), s.output(n), n, 0.9, 0.1, 0.9, 0.1, 1, 0.1, 1, 1e-8);
      });
      run('steering', (s, k) => {
        const [x, vector, mask] = [s.floats(6 * n), s.floats(n), s.floats(6)];
        k.addVector(x, vector, mask, s.output(6 * n), 6, n, 2);
        k.ablateDirection(x, vector, mask, s.output(6 * n), 6, n);
        k.pool(x, mask, s.output(2 * n), 2, 3, n);
        k.poolGrad(mask, s.floats(2 * n), s.output(6 * n), 2, 3, n);
      });
    }
  });
}
