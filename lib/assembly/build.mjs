// Compiles the wasm kernels (AssemblyScript) into lib/dist/kernels/wasm, once for engines with relaxed SIMD and once
// for those without; does nothing when neither the sources nor the compiler changed.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../dist/kernels/wasm');
const features = { base: 'simd', relaxed: 'simd,relaxed-simd' };

const sources = readdirSync(here).filter((f) => /\.(ts|mjs)$/.test(f));
const compiler = JSON.parse(readFileSync(new URL(import.meta.resolve('assemblyscript/package.json')), 'utf8')).version;
const hash = createHash('sha256').update(compiler);
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
      ['index.ts', ...options, '--enable', enable, '--outFile', `${name}.wasm`],
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
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size |= (bytes[at] & 0x7f) << shift;
      more = bytes[at++] >= 0x80;
    }
    if (id in owned) return `has ${owned[id]} of its own`;
    at += size;
  }
  return undefined;
}
