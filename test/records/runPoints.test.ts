import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf } from 'traitlab/records/keyOf';
import { runPoints, type Point } from 'traitlab/records/runPoints';
import { temporaryFolder } from '../helpers/temporaryFolder';

const folder = temporaryFolder();

/** Points that count their runs; one of them may fail. */
function points(names: readonly string[], ran: string[], fails?: string): Point<{ square: number }>[] {
  return names.map((name) => ({
    name,
    key: `key of ${name}`,
    run: () => {
      if (name === fails) return Promise.reject(new Error('killed'));
      ran.push(name);
      return Promise.resolve({ square: Number(name) ** 2 });
    },
  }));
}

test('a sweep that was broken off goes on and ends with the bytes of one that was not', async () => {
  const names = ['1', '2', '3', '4'];
  const [whole, broken] = [join(folder, 'whole.jsonl'), join(folder, 'broken.jsonl')];
  const ran: string[] = [];
  const values = await runPoints(points(names, []), { path: whole });
  await assert.rejects(runPoints(points(names, ran, '3'), { path: broken }), /killed/);
  assert.deepEqual(ran, ['1', '2']);
  assert.notDeepEqual(readFileSync(broken), readFileSync(whole));
  const [left, others] = [`${broken}.tmp-1`, `${whole}.tmp-1`];
  [left, others].forEach((file) => writeFileSync(file, 'half'));
  const seen: string[] = [];
  const again = await runPoints(points(names, ran), {
    path: broken,
    onPoint: (name, { square }, { done, total }) => void seen.push(`${name}:${square} ${done}/${total}`),
  });
  assert.deepEqual(ran, names);
  assert.deepEqual(again, values);
  assert.deepEqual(seen, ['1:1 1/4', '2:4 2/4', '3:9 3/4', '4:16 4/4']);
  assert.deepEqual(readFileSync(broken), readFileSync(whole));
  assert.deepEqual([existsSync(left), existsSync(others)], [false, true]);
});

test('a point under another key is measured again, a new one is put in its place, others stay', async () => {
  const path = join(folder, 'changed.jsonl');
  await runPoints(points(['1', '3', '9'], []), { path });
  const ran: string[] = [];
  const changed = points(['1', '2', '3'], ran).map((p) => (p.name === '3' ? { ...p, key: 'another' } : p));
  await runPoints(changed, { path });
  assert.deepEqual(ran, ['2', '3']);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  assert.deepEqual(lines.map((line) => (JSON.parse(line) as { name: string }).name), ['1', '2', '3', '9']); // prettier-ignore
});

test('values are as they are read back, and without a path nothing is written', async () => {
  const point = { name: 'a', key: 'a', run: () => Promise.resolve({ x: 1 / 3, left: undefined }) };
  assert.deepEqual(await runPoints([point]), [{ x: 1 / 3 }]);
  assert.ok(!existsSync(join(folder, 'a')));
});

test('damaged files and names that stand twice are refused', async () => {
  const path = join(folder, 'damaged.jsonl');
  writeFileSync(path, '{"name":"1","key":"key of 1","value":{}}\n{"name":"2"}\n');
  await assert.rejects(runPoints(points(['1'], []), { path }), /runPoints: .*damaged.jsonl:2: no point; expected name, key and value/); // prettier-ignore
  writeFileSync(path, '{"name":');
  await assert.rejects(runPoints(points(['1'], []), { path }), /damaged.jsonl:1: not JSON/);
  await assert.rejects(runPoints(points(['1', '1'], [])), /a name stands twice/);
});

test('a key tells values, kinds of numbers and places apart', () => {
  const keys = [
    keyOf('a', Float64Array.of(1, 2)),
    keyOf('a', Float64Array.of(1, 3)),
    keyOf('a', Float32Array.of(1, 2)),
    keyOf('a', [1, 2]),
    keyOf('a', Float64Array.of(2, 1)),
    keyOf('b', Float64Array.of(1, 2)),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(keyOf('a', Float64Array.of(0, 1, 2).subarray(1)), keys[0]);
  assert.match(keys[0], /^[0-9a-f]{16}$/);
});
