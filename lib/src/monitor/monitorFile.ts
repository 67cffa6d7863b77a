import { writeFileAtomic } from '../disk/writeAtomic';
import { DocumentPart } from '../documents/documentPart';
import { readJson } from '../documents/readJson';
import type { CheckpointMonitor } from './checkpointMonitor';
import { featuresFromJson } from './features';
import { numberFrom } from './numberFrom';
import { regressorFromJson } from './regressor';

const KEYS =
  'format version model suite prompts layer tau bases pc1 features regressor residuals confidence calibration'.split(
    ' ',
  );

/** Writes a monitor, whole or not at all. */
export function writeMonitor(path: string, monitor: CheckpointMonitor): void {
  writeFileAtomic(path, `${JSON.stringify(monitor)}\n`);
}

/** Reads a monitor.
 *
 * @throws Error naming the file and all that does not fit
 * @check test/monitor/checkpointMonitor.test.ts
 */
export function readMonitor(path: string): CheckpointMonitor {
  const json = readJson('readMonitor', path);
  const part = DocumentPart.of(json, { where: 'readMonitor', path });
  if (part.get('format').value !== 'traitlab monitor' || part.get('version').value !== 1)
    throw new Error(`readMonitor: ${path}: no monitor of version 1; expected what \`npx traitlab monitor fit\` writes`);
  part.entries({ known: KEYS });
  for (const key of ['model', 'suite']) for (const name of ['name', 'hash']) part.get(key).get(name).text();
  part.get('prompts').text();
  const isIn = (low: number, high: number) => (x: number) => low < x && x < high;
  for (const key of ['tau', 'confidence']) numberFrom(part.get(key), 'a number between 0 and 1', isIn(0, 1));
  numberFrom(part.get('layer'), 'an integer from 0', (x) => Number.isInteger(x) && x >= 0);
  const traits = part.get('bases').get('traits');
  const names = traits.get('names').texts();
  const isVector = (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.every((x) => typeof x === 'number' && Number.isFinite(x));
  const directions = traits.get('directions').items('direction');
  if (directions.length !== names.length || !directions.every(({ value }) => isVector(value)))
    traits.get('directions').problem(`expected ${names.length} lists of numbers, one a trait`);
  const loadings = part.get('pc1').value;
  if (!isVector(loadings) || (loadings as unknown[]).length !== names.length)
    part.get('pc1').problem(`expected ${names.length} numbers, one a trait`);
  const { value: residuals } = part.get('residuals');
  const isSorted = (values: readonly number[]): boolean => values.every((x, i) => i === 0 || values[i - 1] <= x);
  if (!isVector(residuals) || !isSorted(residuals as number[]))
    part.get('residuals').problem('expected ascending numbers, at least one');
  part.get('calibration').items('run');
  part.finish();
  const monitor = json as unknown as CheckpointMonitor;
  regressorFromJson(monitor.regressor, `${path}: regressor`);
  featuresFromJson(monitor.features);
  return monitor;
}
