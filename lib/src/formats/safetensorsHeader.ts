/** Bytes of one element of each dtype a safetensors file may hold. */
export const dtypeBytes: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
};

/** Dtypes that can be read as float32 (`StoredTensor.float32`). */
export const floatDtypes: readonly string[] = ['F32', 'F16', 'BF16'];

/** One tensor as the header describes it. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Byte range in the data section. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, HeaderEntry>;
}

/** Checks and reads the JSON header of a safetensors file.
 *
 * Every byte of the data section must belong to exactly one tensor, as the format asks.
 *
 * @param text       header text
 * @param dataBytes  length of the data section
 * @param path       for messages
 * @throws Error listing every problem found
 * @source https://huggingface.co/docs/safetensors, "Format"
 */
export function parseSafetensorsHeader(text: string, dataBytes: number, path: string): SafetensorsHeader {
  const fail = (problems: readonly string[]): never => {
    throw new Error(`readSafetensors: ${path}: ${problems.join('; ')}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail(['header is not JSON; expected an object of tensors']);
  }
  if (!isRecord(json)) return fail(['header is not an object; expected an object of tensors']);
  const problems = duplicateKeys(text).map((key) => `tensor ${key} appears twice; expected unique names`);
  const metadata: Record<string, string> = {};
  const entries = new Map<string, HeaderEntry>();
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      if (isRecord(value) && Object.values(value).every((v) => typeof v === 'string')) Object.assign(metadata, value);
      else problems.push('__metadata__ is not a map of strings; expected text to text');
      continue;
    }
    const entry = parseEntry(value);
    if (typeof entry === 'string') problems.push(`tensor ${name}: ${entry}`);
    else entries.set(name, entry);
  }
  if (problems.length === 0) problems.push(...coverage(entries, dataBytes));
  return problems.length > 0 ? fail(problems) : { metadata, entries };
}

function parseEntry(value: unknown): HeaderEntry | string {
  if (!isRecord(value)) return 'not an object; expected dtype, shape and data_offsets';
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest);
  if (unknown.length > 0) return `unknown keys ${unknown.join(', ')}; expected dtype, shape and data_offsets`;
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypeBytes, dtype))
    return `unknown dtype ${JSON.stringify(dtype)}; expected one of ${Object.keys(dtypeBytes).join(' ')}`;
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize)) return `invalid shape ${JSON.stringify(shape)}; expected sizes`;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return `invalid data_offsets ${JSON.stringify(offsets)}; expected [begin, end]`;
  const [begin, end] = offsets;
  const bytes = shape.reduce((a, b) => a * b, 1) * dtypeBytes[dtype];
  if (end - begin !== bytes)
    return `data_offsets [${begin}, ${end}] do not fit ${dtype} [${shape.join(' ')}]; expected ${bytes} bytes, got ${end - begin}`;
  return { dtype, shape, begin, end };
}

/** The tensors must lie one after another and fill the data section. */
function coverage(entries: ReadonlyMap<string, HeaderEntry>, dataBytes: number): string[] {
  let at = 0;
  for (const [name, { begin, end }] of [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      return [
        `tensor ${name} begins at byte ${begin}; expected ${at} (a ${begin < at ? 'tensor overlaps it' : 'hole lies before it'})`,
      ];
    at = end;
  }
  return at === dataBytes
    ? []
    : [
        `tensors end at byte ${at} of the data; expected ${dataBytes} (the file is ${at > dataBytes ? 'cut short' : 'too long'})`,
      ];
}

/** Names that stand more than once at the top level of a JSON object (JSON.parse keeps only the last).
 *
 * @param text  JSON that parses
 */
function duplicateKeys(text: string): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '{' || c === '[') depth++;
    else if (c === '}' || c === ']') depth--;
    else if (c === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      if (depth !== 1) continue;
      let next = i + 1;
      while (/\s/.test(text[next])) next++;
      if (text[next] !== ':') continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      if (seen.has(key)) twice.push(key);
      seen.add(key);
    }
  }
  return twice;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
