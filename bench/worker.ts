// One engine, every case: node bench/dist/worker.js ours|stock. Prints one JSON line a case: {"case": i, "values": [...], "cpu": [...]}.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { initBackend } from 'traitlab/backend/initBackend';
import { cases } from './cases';
import { runCase } from './runCases';
import { addScatter } from './stockScatter';

async function main(engine: string, only?: string): Promise<void> {
  const stock = engine === 'stock';
  if (stock) {
    await tf.setBackend('wasm');
    addScatter();
  } else await initBackend({ backend: 'wasm' });
  for (const [i, c] of cases.entries()) {
    if (only !== undefined && c.kind !== only) continue;
    const slow = stock && !(c.kind === 'matmul' && c.size === 256);
    const results = await runCase(c, slow ? 2 : c.kind === 'matmul' ? 7 : 6);
    process.stdout.write(`${JSON.stringify({ case: i, ...results })}\n`);
  }
}

void main(process.argv[2], process.argv[3]);
