import path from 'node:path';
import { initBackend } from 'traitlab/backend/initBackend';
import { loadModel } from 'traitlab/model/loadModel';
import type { Model } from 'traitlab/model/model';

/** Starts the backend and loads a tiny random checkpoint of test/goldens (2 layers, dModel 24, 40 words). */
export async function tinyModel(name = 'llama/gqa-tied-llama3'): Promise<Model> {
  await initBackend();
  return loadModel(path.join(__dirname, '..', '..', 'goldens', name));
}
