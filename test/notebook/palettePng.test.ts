import test from 'node:test';
import assert from 'node:assert/strict';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { palettePng } from 'traitlab/notebook/palettePng';

/** A PNG of the pixels given, with a filter type for each row; the filters are applied by their definition. */
function encode(rows: readonly (readonly number[])[], channels: 3 | 4, filters: readonly number[]): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = [Buffer.alloc(4), Buffer.alloc(4)];
    ends[0].writeUInt32BE(data.length);
    ends[1].writeUInt32BE(crc32(body));
    return Buffer.concat([ends[0], body, ends[1]]);
  };
  const predict = (y: number, x: number): number => {
    const at = (dy: number, dx: number): number => rows[y - dy]?.[x - dx * channels] ?? 0;
    const [a, b, c] = [at(0, 1), at(1, 0), at(1, 1)];
    const p = a + b - c;
    const paeth = [a, b, c].reduce((best, v) => (Math.abs(p - v) < Math.abs(p - best) ? v : best));
    return [0, a, b, Math.floor((a + b) / 2), paeth][filters[y]];
  };
  const raw = rows.flatMap((row, y) => [filters[y], ...row.map((v, x) => (v - predict(y, x)) & 255)]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(rows[0].length / channels, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, channels === 3 ? 2 : 6, 0, 0, 0], 8);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.from(raw))), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts]);
}

/** RGB rows of a palette PNG as `palettePng` writes it. */
function pixelsOf(png: Buffer): number[][] {
  const part = (type: string): Buffer => {
    const at = png.indexOf(type, 0, 'latin1');
    return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
  };
  const [width, height] = [part('IHDR').readUInt32BE(0), part('IHDR').readUInt32BE(4)];
  const [palette, data] = [part('PLTE'), inflateSync(part('IDAT'))];
  return Array.from({ length: height }, (_, y) =>
    [...data.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))].flatMap((i) => [
      ...palette.subarray(3 * i, 3 * i + 3),
    ]),
  );
}

const picture = Array.from({ length: 5 }, (_, y) =>
  Array.from({ length: 7 * 3 }, (__, x) => (37 * x + 91 * y * y) % 256),
);

test('a picture of few colours keeps every pixel, whatever the filters of its rows', () => {
  for (const filters of [
    [0, 0, 0, 0, 0],
    [1, 1, 1, 1, 1],
    [2, 2, 2, 2, 2],
    [3, 3, 3, 3, 3],
    [4, 4, 4, 4, 4],
    [0, 1, 2, 3, 4],
  ]) {
    assert.deepEqual(pixelsOf(palettePng(encode(picture, 3, filters))), picture, `filters ${filters.join()}`);
  }
  const opaque = picture.map((row) => row.flatMap((v, x) => (x % 3 === 2 ? [v, 255] : [v])));
  assert.deepEqual(pixelsOf(palettePng(encode(opaque, 4, [4, 3, 2, 1, 0]))), picture);
});

test('of many colours the frequent ones stay exact and no other moves far', () => {
  const frequent = Array.from({ length: 100 }, (_, v) => [200, v, 255 - v]);
  const gradient = Array.from({ length: 1200 }, (_, v) => [v % 256, Math.floor(v / 5) % 256, 0]);
  const row = [...frequent, ...frequent, ...gradient].flat();
  const [got] = pixelsOf(palettePng(encode([row], 3, [0])));
  assert.deepEqual(got.slice(0, 600), row.slice(0, 600));
  const errors = row.map((v, i) => Math.abs(v - got[i]));
  assert.ok(Math.max(...errors) <= 16, `largest error ${Math.max(...errors)}`);
});

test('a transparent picture comes back as it is, and what is no PNG is refused', () => {
  const png = encode([[1, 2, 3, 128]], 4, [0]);
  assert.deepEqual(palettePng(png), png);
  assert.throws(() => palettePng(Buffer.from('no picture at all')), /palettePng: not a PNG/);
});
