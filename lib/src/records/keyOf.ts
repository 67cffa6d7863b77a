import { createHash } from 'node:crypto';

/** Sixteen hexadecimal digits of the sha256 of values: what decides a result, so that a stale one is known.
 *
 * @param parts  JSON values; arrays of numbers of any kind count by their bytes
 * @check test/records/runPoints.test.ts
 */
export function keyOf(...parts: readonly unknown[]): string {
  const text = JSON.stringify(parts, (_, value: unknown) => (ArrayBuffer.isView(value) ? bytesKey(value) : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function bytesKey({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}
