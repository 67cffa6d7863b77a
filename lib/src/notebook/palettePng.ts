import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** A picture as pixels. */
interface Pixels {
  width: number;
  height: number;
  /** Bytes a pixel: 3 (RGB) or 4 (RGBA). */
  channels: number;
  /** Row-major, `channels` bytes each. */
  bytes: Uint8Array;
}

/** A PNG with at most 256 colours: a third of the size for a figure, and for most figures the same pixels.
 *
 * The most frequent colours stay exact, the rest of the palette covers what is farthest from it, and any other colour
 * becomes the nearest of the palette. Opaque pictures only, 8 bits a
 * channel, not interlaced (what a browser writes); others come back as they are.
 *
 * @throws Error if the data are no PNG
 * @source PNG specification, third edition, sections 9 (filters) and 11 (chunks)
 */
export function palettePng(png: Uint8Array): Buffer {
  const pixels = decode(Buffer.from(png));
  if (pixels === null) return Buffer.from(png);
  const { width, height, channels, bytes } = pixels;
  const count = new Map<number, number>();
  for (let i = 0; i < bytes.length; i += channels) {
    if (channels === 4 && bytes[i + 3] !== 255) return Buffer.from(png);
    const colour = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    count.set(colour, (count.get(colour) ?? 0) + 1);
  }
  const palette = choosePalette(count);
  const index = new Map(palette.map((colour, i) => [colour, i]));
  const rows = Buffer.alloc(height * (width + 1)); // each row: filter 0, then one index a pixel
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = (y * width + x) * channels;
      const colour = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
      let entry = index.get(colour);
      if (entry === undefined) index.set(colour, (entry = nearest(colour, palette)));
      rows[y * (width + 1) + 1 + x] = entry;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const entries = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', entries),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The 128 most frequent colours, then one after the other the colour that is farthest from all chosen. */
function choosePalette(count: ReadonlyMap<number, number>): number[] {
  const colours = [...count].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([colour]) => colour);
  if (colours.length <= 256) return colours;
  const palette = colours.slice(0, 128);
  const rest = colours.slice(128);
  const gap = rest.map((colour) => Math.min(...palette.map((other) => distance(colour, other))));
  while (palette.length < 256) {
    const farthest = gap.reduce((best, g, i) => (g > gap[best] ? i : best), 0);
    const chosen = rest[farthest];
    palette.push(chosen);
    rest.forEach((colour, i) => (gap[i] = Math.min(gap[i], distance(colour, chosen))));
  }
  return palette;
}

/** Squared distance in RGB. */
function distance(a: number, b: number): number {
  const [red, green, blue] = [(a >> 16) - (b >> 16), ((a >> 8) & 255) - ((b >> 8) & 255), (a & 255) - (b & 255)];
  return red * red + green * green + blue * blue;
}

/** The index of the palette's nearest colour. */
function nearest(colour: number, palette: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < palette.length; i++) {
    if (distance(colour, palette[i]) < distance(colour, palette[best])) best = i;
  }
  return best;
}

/** The pixels of a PNG; null for kinds that a browser does not write. */
function decode(png: Buffer): Pixels | null {
  if (!png.subarray(0, 8).equals(signature)) throw new Error('palettePng: not a PNG; expected its signature');
  const data: Buffer[] = [];
  let header = Buffer.alloc(13);
  for (let at = 8; at + 8 <= png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const content = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = content as typeof header;
    if (type === 'IDAT') data.push(content);
    at += length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 2: 3, 6: 4 }[header[9]];
  if (header[8] !== 8 || header[12] !== 0 || channels === undefined) return null;
  return {
    width,
    height,
    channels,
    bytes: unfilter(inflateSync(Buffer.concat(data)), width * channels, height, channels),
  };
}

/** Undoes the filter of each row: none, sub, up, average, Paeth. */
function unfilter(raw: Buffer, stride: number, height: number, channels: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= channels ? out[at - channels] : 0;
      const up = y > 0 ? out[at - stride] : 0;
      const corner = x >= channels && y > 0 ? out[at - stride - channels] : 0;
      let predicted = 0;
      if (filter === 1) predicted = left;
      else if (filter === 2) predicted = up;
      else if (filter === 3) predicted = (left + up) >> 1;
      else if (filter === 4) predicted = paeth(left, up, corner);
      out[at] = raw[y * (stride + 1) + 1 + x] + predicted;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
