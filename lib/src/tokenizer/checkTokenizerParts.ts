/** Refuses parts of a tokenizer.json that the JavaScript tokenizer would take for something else without a word.
 *
 * Its Split and Punctuation know the behaviours Isolated and Removed only; the others it treats as Isolated. Gemma's
 * split at spaces is let through: its normalizer has left no space to split at.
 *
 * @param json  parsed tokenizer.json
 * @param file  for messages
 * @throws Error listing every such part
 */
export function checkTokenizerParts(json: Readonly<Record<string, unknown>>, file: string): void {
  const normalizers = partsOf(json.normalizer, 'normalizers');
  const preTokenizers = partsOf(json.pre_tokenizer, 'pretokenizers');
  const hasNoSpaces = normalizers.some((n) => n.type === 'Replace' && stringPattern(n) === ' ');
  const problems: string[] = [];
  for (const part of [...normalizers, ...preTokenizers, ...partsOf(json.decoder, 'decoders')]) {
    const needsPattern = part.type === 'Replace' || part.type === 'Split';
    if (needsPattern && !hasPattern(part)) {
      problems.push(
        `invalid pattern ${JSON.stringify(part.pattern)} of ${String(part.type)}; expected String or Regex`,
      );
    }
  }
  for (const part of preTokenizers) {
    if (part.type !== 'Split' && part.type !== 'Punctuation') continue;
    const { type, behavior = 'Isolated' } = part;
    const known = type === 'Split' ? ['Isolated', 'Removed'] : ['Isolated'];
    if (known.includes(behavior as string) || (hasNoSpaces && stringPattern(part) === ' ')) continue;
    const got = JSON.stringify(behavior);
    problems.push(`unsupported behavior ${got} of pre-tokenizer ${type}; expected ${known.join(' or ')}`);
  }
  if (problems.length > 0) throw new Error(`loadTokenizer: ${file}: ${problems.join('; ')}`);
}

/** A part and, if it is a Sequence, the parts in it. */
export function partsOf(value: unknown, key: string): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const part = value as Record<string, unknown>;
  return Array.isArray(part[key]) ? part[key].flatMap((inner: unknown) => partsOf(inner, key)) : [part];
}

function hasPattern({ pattern }: Record<string, unknown>): boolean {
  const { String: text, Regex: regex } = (pattern ?? {}) as Record<string, unknown>;
  return typeof text === 'string' || typeof regex === 'string';
}

function stringPattern(part: Record<string, unknown>): unknown {
  return (part.pattern as { String?: unknown } | undefined)?.String;
}
