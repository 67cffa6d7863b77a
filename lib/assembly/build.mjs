// Compiles the wasm kernels (AssemblyScript) into lib/dist/kernels/wasm, once for engines with relaxed SIMD and once
// for those without, and puts beside them tfjs's own module with a memory that threads can share; does nothing when
// nothing of it changed.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../dist/kernels/wasm');
const features = { base: 'simd', relaxed: 'simd,relaxed-simd' };
/** A memory as tfjs's: 65,536 pages at most. */
const memory = ['--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];
const stock = readFileSync(
  new URL('tfjs-backend-wasm-simd.wasm', import.meta.resolve('@tensorflow/tfjs-backend-wasm/dist/package.json')),
);

const sources = readdirSync(here).filter((f) => /\.(ts|mjs)$/.test(f));
const compiler = JSON.parse(readFileSync(new URL(import.meta.resolve('assemblyscript/package.json')), 'utf8')).version;
const hash = createHash('sha256').update(compiler);
hash.update(stock);
for (const f of sources.sort()) hash.update(f).update(readFileSync(join(here, f)));
const wanted = hash.digest('hex');

let built = '';
try {
  built = readFileSync(join(out, 'source.sha256'), 'utf8');
} catch {
  // never built
}
if (built !== wanted) {
  mkdirSync(out, { recursive: true });
  const asc = (await import('assemblyscript/asc')).default;
  for (const [name, enable] of Object.entries(features)) {
    const options = ['--importMemory', '--noExportMemory', '--runtime', 'stub', '--noAssert', '-O3', '--use', 'abort='];
    const { error, stderr } = await asc.main(
      ['index.ts', ...options, ...memory, '--enable', `${enable},threads`, '--outFile', `${name}.wasm`],
      {
        readFile: (file, base) => read(join(base ?? '', file)),
        writeFile: (file, contents) => writeFileSync(join(out, file), contents),
        listFiles: () => [],
      },
    );
    if (error) {
      console.error(`build:wasm: ${name}: ${error.message}\n${stderr.toString()}`);
      process.exit(1);
    }
    const problem = misfit(readFileSync(join(out, `${name}.wasm`)));
    if (problem !== undefined) {
      console.error(`build:wasm: ${name}.wasm ${problem}; expected a module that owns no memory`);
      process.exit(1);
    }
  }
  writeFileSync(join(out, 'tfjs-shared.wasm'), withSharedMemory(stock));
  writeFileSync(join(out, 'source.sha256'), wanted);
}

function read(file) {
  try {
    return readFileSync(join(here, file), 'utf8');
  } catch {
    return null;
  }
}

/** Why a module could not live in tfjs's memory: it has memory, globals or data of its own. */
function misfit(bytes) {
  const owned = { 5: 'memory', 6: 'globals', 11: 'data' };
  const found = sections(bytes).find(({ id }) => id in owned);
  return found && `has ${owned[found.id]} of its own`;
}

/** A module whose memory is shared: of the limits "at least, at most" the same with the flag for shared set. */
function withSharedMemory(bytes) {
  const { at } = sections(bytes).find(({ id }) => id === 5);
  const [count, limits] = bytes.subarray(at);
  if (count !== 1 || limits !== 1) {
    console.error('build:wasm: tfjs-backend-wasm-simd.wasm has another memory; expected one with a largest size');
    process.exit(1);
  }
  const shared = Buffer.from(bytes);
  shared[at + 1] = 3;
  return shared;
}

/** The sections of a module and where the contents of each begin. */
function sections(bytes) {
  const found = [];
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size |= (bytes[at] & 0x7f) << shift;
      more = bytes[at++] >= 0x80;
    }
    found.push({ id, at });
    at += size;
  }
  return found;
}
