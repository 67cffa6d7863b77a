// Runs every compiled test with node's own runner: node test/runTests.mjs [--fuzz CASES] [part of a path ...]
// --fuzz: how many cases a test with random input tries (default 1,000).
// The last line is "N passed, N failed"; the exit status is 1 if any test failed or none was found.
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');
const { values, positionals: wanted } = parseArgs({ options: { fuzz: { type: 'string' } }, allowPositionals: true });
if (values.fuzz !== undefined) process.env.TRAITLAB_FUZZ = values.fuzz;
const files = readdirSync(dist, { recursive: true })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .map((file) => join(dist, file))
  .sort();
if (files.length === 0) {
  console.error(`runTests: no test file matches ${wanted.join(' ') || relative(process.cwd(), dist)}`);
  process.exit(1);
}

// Two files at a time are at work: one thread each.
process.env.TRAITLAB_THREADS ??= '1';
const counts = { pass: 0, fail: 0, skipped: 0 };
const stream = run({ files, concurrency: Math.min(2, availableParallelism()), timeout: 600_000 });
stream.on('test:diagnostic', ({ message }) => {
  const [, name, count] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(message) ?? [];
  if (name === 'cancelled') counts.fail += Number(count);
  else if (name) counts[name] += Number(count);
});
stream.on('end', () => {
  process.exitCode = counts.fail > 0 || counts.pass === 0 ? 1 : 0;
  setImmediate(() =>
    console.log(`${counts.pass} passed, ${counts.fail} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`),
  );
});
stream.compose(new spec()).pipe(process.stdout);
