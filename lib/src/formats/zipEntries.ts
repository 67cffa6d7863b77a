import { crc32 } from 'node:zlib';

/** Entries of a zip archive whose entries are stored, not compressed, as torch.save writes them.
 *
 * @param bytes  the whole archive
 * @param fail   turns a problem into an error
 * @returns name to bytes (views into `bytes`), each checked against its CRC-32
 * @source PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16
 */
export function readZipEntries(bytes: Uint8Array, fail: (problem: string) => never): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (at: number, length: number, what: string): void => {
    if (at + length > bytes.length) fail(`${what} ends past the end; expected a whole zip archive`);
  };
  let end = bytes.length - 22;
  const last = Math.max(0, end - 65535);
  while (end >= last && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < last) fail('no zip directory; expected a file of torch.save (zip format)');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    need(at, 46, 'zip directory');
    if (view.getUint32(at, true) !== 0x02014b50) fail('broken zip directory; expected its entries');
    const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    need(at + 46, nameLength, 'zip directory');
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (method !== 0 || packed !== size) fail(`zip entry ${name} is compressed; expected stored entries`);
    need(local, 30, `zip entry ${name}`);
    if (view.getUint32(local, true) !== 0x04034b50) fail(`zip entry ${name} has no header; expected one`);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    need(start, size, `zip entry ${name}`);
    const content = bytes.subarray(start, start + size);
    if (crc32(content) !== crc) fail(`zip entry ${name} is damaged; expected CRC-32 ${crc}, got ${crc32(content)}`);
    if (entries.has(name)) fail(`zip entry ${name} appears twice; expected unique names`);
    entries.set(name, content);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** The pieces of a zip archive of stored entries; write them one after another. */
export function zipPieces(entries: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of entries) {
    const encoded = new TextEncoder().encode(name);
    const fields = [0, 0, 0, 0x21, crc32(content), content.length, content.length, encoded.length, 0];
    const sizes = [2, 2, 2, 2, 4, 4, 4, 2, 2];
    const local = record([0x04034b50, 20, ...fields], [4, 2, ...sizes]);
    directory.push(
      record([0x02014b50, 20, 20, ...fields, 0, 0, 0, 0, at], [4, 2, 2, ...sizes, 2, 2, 2, 4, 4]),
      encoded,
    );
    pieces.push(local, encoded, content);
    at += local.length + encoded.length + content.length;
  }
  const length = directory.reduce((sum, piece) => sum + piece.length, 0);
  const n = entries.length;
  return [...pieces, ...directory, record([0x06054b50, 0, 0, n, n, length, at, 0], [4, 2, 2, 2, 2, 4, 4, 2])];
}

function record(values: readonly number[], sizes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(sizes.reduce((a, b) => a + b, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  values.forEach((value, i) => {
    if (sizes[i] === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += sizes[i];
  });
  return bytes;
}
