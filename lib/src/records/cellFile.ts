import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { writeFileAtomic } from '../disk/writeAtomic';
import { readJson } from '../documents/readJson';
import { readSafetensors, writeSafetensors } from '../formats/safetensors';
import type { CellSpec } from '../suite/suite';
import { cellName, type CellRecord } from './cellRecord';

/** What a cell's JSON file holds: the record without its residuals, under the key of what decides it. */
interface CellJson extends Omit<CellRecord, 'residuals' | 'updates' | 'kinds'> {
  readonly key: string;
  /** Names of the weights whose update norms the tensors hold. */
  readonly weights: readonly string[];
  /** Names of the kinds of prompts whose shifts the tensors hold. */
  readonly kinds?: readonly string[];
  /** sha256 of the tensors, so that the two files belong together. */
  readonly tensors: string;
}

/** Where a cell's files lie: `{name}.json` and `{name}.safetensors`. */
export function cellPath(dir: string, spec: CellSpec): string {
  return join(dir, cellName(spec));
}

/** Writes a cell: tensors first, then the record, so that a record is never there without them.
 *
 * @param key  hash of all that decides the result
 */
export function writeCell(dir: string, { residuals, updates, kinds, ...record }: CellRecord, key: string): void {
  const path = cellPath(dir, record.spec);
  const { nLayers, dModel, means, norms } = residuals;
  const nStates = means.length / (nLayers * dModel);
  writeSafetensors(
    `${path}.safetensors`,
    [
      { name: 'means', dtype: 'F32', shape: [nStates, nLayers, dModel], data: means },
      { name: 'norms', dtype: 'F32', shape: [nLayers], data: norms },
      { name: 'updates', dtype: 'F32', shape: [nStates - 1, updates.weights.length], data: updates.norms },
      ...(kinds === undefined
        ? []
        : [{ name: 'kinds', dtype: 'F32' as const, shape: [kinds.names.length, nLayers, dModel], data: kinds.shifts }]),
    ],
    { cell: cellName(record.spec), key },
  );
  const json: CellJson = {
    key,
    ...record,
    weights: updates.weights,
    ...(kinds && { kinds: kinds.names }),
    tensors: hashOf([means, norms, updates.norms, ...(kinds ? [kinds.shifts] : [])]),
  };
  writeFileAtomic(`${path}.json`, `${JSON.stringify(json)}\n`);
}

/** Whether a cell is there under this key; reads the small file alone.
 *
 * @throws Error if the file is not JSON
 */
export function hasCell(dir: string, spec: CellSpec, key: string): boolean {
  const path = cellPath(dir, spec);
  if (!fileExists(`${path}.json`) || !fileExists(`${path}.safetensors`)) return false;
  return (readJson('hasCell', `${path}.json`) as Partial<CellJson> | null)?.key === key;
}

/** The record of a cell, or undefined if there is none under this key.
 *
 * @param key  of what is wanted; undefined takes what is there
 * @throws Error naming the file if it is damaged or the two files do not belong together
 * @check test/records/cellFile.test.ts
 */
export function readCell(dir: string, spec: CellSpec, key?: string): CellRecord | undefined {
  const path = cellPath(dir, spec);
  if (key === undefined ? !fileExists(`${path}.json`) : !hasCell(dir, spec, key)) return undefined;
  const { key: _, weights, kinds: names, tensors: hash, ...record } = readJson('readCell', `${path}.json`) as CellJson;
  const { tensors } = readSafetensors(`${path}.safetensors`);
  const [means, norms, updates, shifts] = ['means', 'norms', 'updates', 'kinds'].map((name) => tensors.get(name));
  if (
    means?.shape.length !== 3 ||
    norms === undefined ||
    updates === undefined ||
    (names === undefined) !== (shifts === undefined)
  )
    throw new Error(`readCell: ${path}.safetensors: no means, norms and updates; expected those that a study writes`);
  const [, nLayers, dModel] = means.shape;
  const residuals = { nLayers, dModel, means: means.float32(), norms: norms.float32() };
  const changes = { weights, norms: updates.float32() };
  const kinds = names && { names, shifts: shifts!.float32() };
  if (hashOf([residuals.means, residuals.norms, changes.norms, ...(kinds ? [kinds.shifts] : [])]) !== hash)
    throw new Error(
      `readCell: ${path}.safetensors: not the tensors of ${path}.json; expected both files of one run (without them the cell is run again)`,
    );
  return { ...record, residuals, updates: changes, ...(kinds && { kinds }) };
}

function hashOf(tensors: readonly Float32Array[]): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of tensors) hash.update(Buffer.from(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}
