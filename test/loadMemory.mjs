// Loads a checkpoint of 1.2 GB (bfloat16, about the shapes of Qwen 2.5 0.5B with a head of its own, made up here) in a process of its own and prints its peak
// memory: node test/loadMemory.mjs. The exit status is 1 if it is more than 1.3 times the size of the weights.
//
// Counted is the highest resident set of the whole process: Node, tfjs, its wasm heap and whatever the loading needs on the way.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const limit = 1.3;
const require = createRequire(import.meta.url);
const config = {
  model_type: 'qwen2',
  hidden_size: 896,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  intermediate_size: 4864,
  vocab_size: 128000,
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  sliding_window: 32768,
  use_sliding_window: false,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
};

const [dir] = process.argv.slice(2);
if (dir === undefined) measure();
else await load(dir);

function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'traitlab-memory-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeCheckpoint(folder);
  const { size } = statSync(join(folder, 'model.safetensors'));
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder], { encoding: 'utf8' });
  if (child.status !== 0) {
    console.error(`loadMemory: the process that loads ended with ${child.status ?? child.signal}: ${child.stderr}`);
    process.exit(1);
  }
  const { peak, backend, seconds } = JSON.parse(child.stdout);
  const ratio = peak / size;
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(
    `a bfloat16 checkpoint of ${megabytes(size)} loads in ${seconds.toFixed(1)} s with a peak of ${megabytes(peak)}, ` +
      `${ratio.toFixed(2)} times its size (${backend}; limit ${limit})`,
  );
  if (!(ratio < limit)) process.exit(1);
}

/** A Hugging Face folder with weights that are not zero, written piece by piece. */
function writeCheckpoint(folder) {
  const { parseConfig } = require('traitlab/model/parseConfig');
  const { weightShapes } = require('traitlab/model/weightShapes');
  const header = {};
  let end = 0;
  for (const [name, shape] of weightShapes(parseConfig(config, 'config.json'))) {
    const begin = end;
    end += 2 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: 'BF16', shape, data_offsets: [begin, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const piece = new Uint16Array(1 << 21).map((_, i) => 0x3c00 + (i % 251)); // about 0.01
  const fd = openSync(join(folder, 'model.safetensors'), 'w');
  writeSync(fd, length);
  writeSync(fd, text);
  for (let at = 0; at < end;) at += writeSync(fd, piece, 0, Math.min(piece.byteLength, end - at));
  closeSync(fd);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

/** In the child: loads, looks that something was loaded, reports. */
async function load(folder) {
  const { initBackend } = require('traitlab/backend/initBackend');
  const { loadDecoder } = require('traitlab/model/loadDecoder');
  const { name } = await initBackend();
  const began = performance.now();
  const model = await loadDecoder(folder);
  const seconds = (performance.now() - began) / 1000;
  const weights = Object.keys(model.params).length;
  if (weights !== 3 + 12 * config.num_hidden_layers) throw new Error(`${weights} weights`);
  console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024, backend: name, seconds }));
}
