import test from 'node:test';
import assert from 'node:assert/strict';
import { callAddress } from 'traitlab/judge/callRecords';
import { concurrencyLimit } from 'traitlab/concurrency/concurrencyLimit';
import { hideInJson, hideSecrets } from 'traitlab/documents/hideSecrets';
import { waitBefore, withRetries } from 'traitlab/concurrency/withRetries';
import { rng } from 'traitlab/random/rng';

test('waits double up to the longest, spread over the upper half, the same for the same seed', () => {
  const options = { firstWaitMs: 100, longestWaitMs: 1000 };
  const waits = (seed: number): number[] => {
    const random = rng(seed);
    return [0, 1, 2, 3, 4, 9].map((tried) => waitBefore(tried, undefined, { ...options, rng: random })!);
  };
  const full = [100, 200, 400, 800, 1000, 1000];
  for (let seed = 0; seed < 50; seed++) {
    waits(seed).forEach((wait, i) => assert.ok(wait >= full[i] / 2 && wait < full[i], `${wait} of ${full[i]}`));
  }
  assert.deepEqual(waits(7), waits(7));
  assert.notDeepEqual(waits(7), waits(8));
  // What the server asks for is the least; too much is not waited for.
  const wait = waitBefore(0, 500, { ...options, rng: rng(1) })!;
  assert.ok(wait >= 500 && wait < 600, String(wait));
  assert.equal(waitBefore(0, 1001, { ...options, rng: rng(1) }), undefined);
});

test('the last attempt stands, a good one ends the trying, and an abort ends the waiting', async () => {
  const options = { retries: 2, firstWaitMs: 1, longestWaitMs: 2, rng: rng(1) };
  let n = 0;
  const always = await withRetries(async () => ({ n: ++n, isTransient: true }), options);
  assert.equal(always.n, 3);
  n = 0;
  assert.equal((await withRetries(async () => ({ n: ++n, isTransient: n < 2 }), options)).n, 2);
  n = 0;
  const stop = new AbortController();
  const patient = { ...options, firstWaitMs: 60_000, longestWaitMs: 60_000, signal: stop.signal };
  const trying = withRetries(async () => ({ n: ++n, isTransient: true }), patient);
  setTimeout(() => stop.abort(new Error('enough')), 10);
  await assert.rejects(trying, /^Error: enough$/);
  assert.equal(n, 1);
});

test('a limit keeps the order, lets no more run, and goes on after a task that throws', async () => {
  const limit = concurrencyLimit(2);
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const task = (i: number) => async (): Promise<number> => {
    started.push(i);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5 - i));
    running--;
    if (i === 1) throw new Error('no');
    return i;
  };
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => limit(task(i))));
  assert.deepEqual(
    results.map((r) => (r.status === 'fulfilled' ? r.value : 'threw')),
    [0, 'threw', 2, 3, 4],
  );
  assert.equal(most, 2);
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
  assert.equal(await limit(task(2)), 2);
});

test('an address depends on every part of the request but not on the order of keys', () => {
  const request = { model: 'm', messages: [{ role: 'user', content: 'x' }], parameters: { a: 1, b: { c: 2, d: 3 } } };
  const address = callAddress(request);
  assert.match(address, /^[0-9a-f]{64}$/);
  const reordered = { parameters: { b: { d: 3, c: 2 }, a: 1 }, messages: [{ content: 'x', role: 'user' }], model: 'm' };
  assert.equal(callAddress(reordered), address);
  const others = [
    { ...request, model: 'n' },
    { ...request, messages: [{ role: 'user', content: 'y' }] },
    { ...request, parameters: { a: 1, b: { c: 2, d: 4 } } },
  ];
  assert.equal(new Set([address, ...others.map(callAddress)]).size, 4);
});

test('secrets are hidden in every form, the longer first, also among keys of JSON', () => {
  const hide = hideSecrets(['a/b+c', 'a/b+c-long', '']);
  assert.equal(hide('x A/B+C-LONG y a/b+c z a%2Fb%2Bc'), 'x *** y *** z ***');
  assert.deepEqual(hideInJson({ 'k a/b+c': ['a/b+c', 1, null, { deep: 'a/b+c!' }] }, hide), {
    'k ***': ['***', 1, null, { deep: '***!' }],
  });
  assert.equal(hideSecrets([])('anything'), 'anything');
});
