/** Names of the backends a user can ask for; `auto` takes the fastest that works. */
export type BackendName = 'wasm' | 'cpu' | 'webgpu' | 'tensorflow';

/** What computes, in a form to print. */
export interface BackendInfo {
  name: BackendName;
  /** Vector instructions of the wasm kernels: relaxed has fused multiply-add. */
  simd: 'relaxed' | 'simd' | 'none';
  /** That work on each kernel. */
  threads: number;
  /** One line for people. */
  description: string;
}
