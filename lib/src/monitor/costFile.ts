import { fileExists } from '../disk/folder';
import { DocumentPart } from '../documents/documentPart';
import { readJson } from '../documents/readJson';
import type { CostPart, MonitorCost } from './monitorCost';
import { numberFrom } from './numberFrom';

/** What a file of costs holds: where they were measured, and a row for each model. */
export interface CostFile {
  readonly machine: string;
  readonly date: string;
  readonly backend: string;
  readonly models: readonly ({ readonly model: string } & MonitorCost)[];
}

/** Reads what `npx traitlab monitor cost` wrote; undefined if there is no such file.
 *
 * @throws Error naming the file and all that does not fit
 * @check test/monitor/costFile.test.ts
 */
export function readCostFile(path: string): CostFile | undefined {
  if (!fileExists(path)) return undefined;
  const json = readJson('readCostFile', path);
  const part = DocumentPart.of(json, { where: 'readCostFile', path });
  const [machine, date, backend] = ['machine', 'date', 'backend'].map((key) => part.get(key).text());
  const positive = (at: DocumentPart): number => numberFrom(at, 'a number above 0', (x) => x > 0 && Number.isFinite(x));
  const timed = (at: DocumentPart): CostPart => ({
    seconds: positive(at.get('seconds')),
    range: [positive(at.get('range').get(0)), positive(at.get('range').get(1))],
  });
  const models = part
    .get('models')
    .items('model')
    .map((row) => {
      const [measure, judge, published] = ['measure', 'judge', 'published'].map((key) => row.get(key));
      return {
        model: row.get('model').text(),
        checkpoints: positive(row.get('checkpoints')),
        measure: { ...timed(measure), forwardPasses: positive(measure.get('forwardPasses')) },
        judge: { ...timed(judge), answers: positive(judge.get('answers')) },
        published: { ...timed(published), forwardPasses: positive(published.get('forwardPasses')) },
      };
    });
  part.finish();
  return { machine, date, backend, models };
}
