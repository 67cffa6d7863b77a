/** What the pickle inside a torch.save file says about its one tensor. */
export interface PickledTensor {
  /** FloatStorage, HalfStorage, BFloat16Storage or DoubleStorage. */
  readonly storage: string;
  /** Name of the entry under data/. */
  readonly key: string;
  /** First element in the storage. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];
}

type Value = string | number | boolean | Value[] | { global: string } | { made: string; args: Value } | typeof mark;
const mark = Symbol('mark');
const allowed = new Set([
  'torch._utils _rebuild_tensor_v2',
  'collections OrderedDict',
  ...['FloatStorage', 'HalfStorage', 'BFloat16Storage', 'DoubleStorage'].map((name) => `torch ${name}`),
]);

/** Reads the pickle of one plain tensor, and nothing else: no name outside a list of six is looked up, nothing is run.
 *
 * @param bytes  data.pkl of a torch.save file
 * @param fail   turns a problem into an error
 * @source Python's pickletools (opcodes of protocol 2)
 */
export function readTensorPickle(bytes: Uint8Array, fail: (problem: string) => never): PickledTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: Value[] = [];
  const memo = new Map<number, Value>();
  let at = 0;
  const skip = (n: number): number => {
    if (n > bytes.length - at) fail('pickle is cut short; expected one tensor');
    at += n;
    return at - n;
  };
  const pop = (): Value => stack.pop() ?? fail('pickle takes from an empty stack; expected one tensor');
  const recall = (key: number): Value =>
    memo.get(key) ?? fail('pickle recalls what it never stored; expected one tensor');
  const text = (start: number, end: number): string => new TextDecoder().decode(bytes.subarray(start, end));
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) fail('pickle is cut short; expected one tensor');
    const start = at;
    at = end + 1;
    return text(start, end);
  };
  const tuple = (n: number): void => void stack.push(Array.from({ length: n }, pop).reverse());
  const operations: Record<number, () => void> = {
    0x80: () => {
      const protocol = bytes[skip(1)];
      if (protocol !== 2) fail(`pickle has protocol ${protocol}; expected 2`);
    },
    0x63: () => {
      const global = `${line()} ${line()}`;
      if (!allowed.has(global)) fail(`pickle names ${global}; expected a plain tensor of floats`);
      stack.push({ global });
    },
    0x71: () => void memo.set(bytes[skip(1)], stack.at(-1) ?? pop()),
    0x72: () => void memo.set(view.getUint32(skip(4), true), stack.at(-1) ?? pop()),
    0x68: () => void stack.push(recall(bytes[skip(1)])),
    0x6a: () => void stack.push(recall(view.getUint32(skip(4), true))),
    0x28: () => void stack.push(mark),
    0x58: () => {
      const length = view.getUint32(skip(4), true);
      const start = skip(length);
      stack.push(text(start, start + length));
    },
    0x4b: () => void stack.push(bytes[skip(1)]),
    0x4d: () => void stack.push(view.getUint16(skip(2), true)),
    0x4a: () => void stack.push(view.getInt32(skip(4), true)),
    0x88: () => void stack.push(true),
    0x89: () => void stack.push(false),
    0x29: () => tuple(0),
    0x85: () => tuple(1),
    0x86: () => tuple(2),
    0x87: () => tuple(3),
    0x74: () => {
      const start = stack.lastIndexOf(mark);
      if (start < 0) fail('pickle ends a tuple that never began; expected one tensor');
      const items = stack.splice(start).slice(1);
      stack.push(items);
    },
    0x51: () => void stack.push({ made: 'storage', args: pop() }),
    0x52: () => {
      const args = pop();
      const callee = pop();
      if (typeof callee !== 'object' || !('global' in callee)) fail('pickle calls a value; expected one tensor');
      else stack.push({ made: callee.global, args });
    },
  };
  for (;;) {
    const code = bytes[skip(1)];
    if (code === 0x2e) break;
    if (!Object.hasOwn(operations, code))
      fail(`pickle has operation 0x${code.toString(16)}; expected a plain tensor of floats`);
    operations[code]();
  }
  return describe(pop()) ?? fail('pickle holds something else; expected one plain tensor of floats');
}

function describe(value: Value): PickledTensor | undefined {
  const [stored, offset, shape, strides] = argsOf(value, 'torch._utils _rebuild_tensor_v2') ?? [];
  const [tag, type, key] = argsOf(stored, 'storage') ?? [];
  const storage = typeof type === 'object' && 'global' in type ? type.global.replace('torch ', '') : '';
  if (tag !== 'storage' || typeof key !== 'string' || !storage.endsWith('Storage')) return undefined;
  if (!isSize(offset) || !isSizes(shape) || !isSizes(strides) || shape.length !== strides.length) return undefined;
  return { storage, key, offset, shape, strides };
}

function argsOf(value: Value | undefined, made: string): Value[] | undefined {
  if (typeof value !== 'object' || !('made' in value) || value.made !== made) return undefined;
  return Array.isArray(value.args) ? value.args : undefined;
}

function isSize(value: Value | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: Value | undefined): value is number[] {
  return Array.isArray(value) && value.every(isSize);
}
