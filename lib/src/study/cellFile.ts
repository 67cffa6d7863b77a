import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';
import { parseJson } from '../documents/readJson';
import { writeFileAtomic } from '../disk/writeAtomic';
import { sampleFinetuneData } from '../micro/finetuneData';
import { cellName } from './cellGrid';
import { cellRecipe } from './cellRecipe';
import type { CellRecord, CellSpec } from './finetuneCell';

/** What decides a cell's result, as one hash: the organism, the cell, its recipe, and its data by their first chats. */
export function cellKey(modelHash: string, spec: CellSpec): string {
  const { perturbation, method, seed } = spec;
  const chats = sampleFinetuneData(perturbation, 50, seed);
  const decides = JSON.stringify([modelHash, perturbation, method, seed, cellRecipe(spec), chats]);
  return createHash('sha256').update(decides).digest('hex');
}

/** Where an organism's cells lie, one file each. */
export function cellPath(dir: string, spec: CellSpec): string {
  return join(dir, `${cellName(spec)}.json`);
}

/** Writes a cell's record with its key. */
export function writeCell(dir: string, record: CellRecord): void {
  const whole = { key: cellKey(record.modelHash, record.spec), ...record };
  writeFileAtomic(cellPath(dir, record.spec), `${JSON.stringify(whole)}\n`);
}

/** The record of a cell, or undefined if there is none for this organism and recipe.
 *
 * @throws Error if the file is not JSON
 */
export function readCell(dir: string, modelHash: string, spec: CellSpec): CellRecord | undefined {
  const path = cellPath(dir, spec);
  if (!fileExists(path)) return undefined;
  const record = parseJson('readCell', path, readText('readCell', path)) as CellRecord & { key: string };
  return record.key === cellKey(modelHash, spec) ? record : undefined;
}
