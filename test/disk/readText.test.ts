import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from 'traitlab/disk/readText';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(dir, name), bytes);
  return join(dir, name);
}

const text = '{"messages": [{"role": "user", "content": "naïve 漢字 😀"}]}\n';
const little = Buffer.from(text, 'utf16le');
const big = Buffer.from(little).swap16();

test('UTF-8 is read as it is, its byte-order mark and NULs of its own included', () => {
  for (const own of [text, `\uFEFF${text}`, 'a\0b', '', '\0']) {
    assert.equal(readText('f', file('utf8', Buffer.from(own))), own);
  }
});

test('UTF-16 is named, with a byte-order mark or without; other bytes are no UTF-8', () => {
  const marked = (mark: number[], bytes: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.from(mark), bytes]);
  for (const bytes of [little, big, marked([0xff, 0xfe], little), marked([0xfe, 0xff], big)]) {
    assert.throws(() => readText('f', file('utf16', bytes)), /^Error: f: .*utf16: UTF-16 text; expected UTF-8$/);
  }
  const latin = Buffer.from(text.slice(0, 50), 'latin1');
  assert.throws(() => readText('f', file('latin', latin)), /^Error: f: .*latin: not UTF-8 text; expected UTF-8$/);
});
