import path from 'node:path';
import { loadModel } from 'traitlab/subject/loadModel';
import type { Model } from 'traitlab/subject/model';

/** Starts the backend and loads a tiny random checkpoint of test/goldens (2 layers, dModel 24, 40 words). */
export function tinyModel(name = 'llama/gqa-tied-llama3'): Promise<Model> {
  return loadModel(path.join(__dirname, '..', '..', 'goldens', name));
}
