import { inspect } from 'node:util';
import { tableBundle, type FrameLike } from '../table';

/** How the value of a cell's last expression is shown: a table for a DataFrame, its own text for a tensor, else Node's. */
export function resultBundle(value: unknown): Record<string, string> {
  if (isFrame(value)) return tableBundle(value);
  if (isTensor(value)) return { 'text/plain': value.toString(true) };
  return { 'text/plain': inspect(value, { maxArrayLength: 50, maxStringLength: 2000 }) };
}

function isFrame(value: unknown): value is FrameLike {
  return hasKeys(value, 'columns', 'values', 'dtypes') && Array.isArray((value as FrameLike).columns);
}

function isTensor(value: unknown): value is { toString(verbose: boolean): string } {
  return hasKeys(value, 'dataId', 'shape', 'dtype', 'rankType');
}

function hasKeys(value: unknown, ...keys: string[]): boolean {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value);
}
