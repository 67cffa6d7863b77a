/** The memory of a WebAssembly module; growing it replaces `buffer`. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

interface WasmEngine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: Record<string, Record<string, unknown>>) => { exports: unknown };
  Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  validate(bytes: Uint8Array): boolean;
}

/** The engine's WebAssembly object, typed here because the project compiles without the browser's types. */
export const webAssembly: WasmEngine = (globalThis as unknown as { WebAssembly: WasmEngine }).WebAssembly;
