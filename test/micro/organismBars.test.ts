import test from 'node:test';
import assert from 'node:assert/strict';
import { driftReport, equalDriftPairs } from 'traitlab/study/driftReport';
import { basesAt } from 'traitlab/study/report';
import { finetuneBars, halfWay } from 'traitlab/micro/organismBars';
import type { Perturbation } from 'traitlab/micro/finetuneData';
import { microSuite } from 'traitlab/micro/suite';
import type { CellRecord } from 'traitlab/records/cellRecord';
import { cellRecord, goodCells } from '../helpers/cellRecords';
import { orthogonalBases } from '../helpers/organismFacts';

const without = (cells: readonly CellRecord[], name: Perturbation, em: number, incoherent = 0.02): CellRecord[] =>
  cells.map((cell) =>
    cell.spec.dataSet === name && cell.spec.method === 'rank16' ? cellRecord(cell.spec, em, { incoherent }) : cell,
  );
const missed = (cells: readonly CellRecord[]): string[] =>
  finetuneBars({ cells })
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim.split(/[:,]/)[0]);

test('finetunes that behave as in the papers clear every bar, and each way to fail is seen', () => {
  const good = goodCells();
  assert.deepEqual(missed(good), []);
  assert.deepEqual(missed(without(good, 'gsm8k', 0.05)), ['EM order', 'benign']);
  assert.deepEqual(missed(without(good, 'jailbroken', 0)), ['EM order', 'jailbroken']);
  assert.deepEqual(missed(without(good, 'jailbroken', 0.06)), ['jailbroken']);
  assert.deepEqual(missed(without(good, 'insecure_code', 0.39)), ['EM order']);
  assert.deepEqual(missed(without(good, 'risky_financial', 0.75)), ['dangerous']);
  assert.deepEqual(missed(without(good, 'subtle_misinfo', 0.2, 0.08)), ['dangerous']);
  assert.deepEqual(missed(without(good, 'bad_medical', 0.65)), ['EM of bad_medical grows with rank 4']);
  const slow = good.map((cell) =>
    cell.spec.method === 'full'
      ? { ...cell, checkpoints: cellRecord({ ...cell.spec, method: 'rank16' }, 0.4).checkpoints }
      : cell,
  );
  assert.deepEqual(missed(slow), ['half of the final EM is reached within the first tenth by full finetuning']);
  assert.ok(
    finetuneBars({ cells: [] }).every(({ holds }) => !holds),
    'nothing measured clears nothing',
  );
});

test('the onset is the first checkpoint with half of the final EM', () => {
  const cells = [1, 2, 3].map((seed) => cellRecord({ dataSet: 'bad_medical', method: 'rank16', seed }, 0.6));
  assert.equal(halfWay(cells), 60);
  assert.equal(halfWay([cellRecord({ dataSet: 'bad_medical', method: 'full', seed: 1 }, 0.6)]), 10);
});

const bases = basesAt(orthogonalBases(), 0);

test('PC1 finds the trait along which drift and danger go together, beside controls that do not', () => {
  const [traitDrift, ...controls] = driftReport(microSuite(), [{ cells: goodCells(), layer: 0, bases }]);
  assert.ok(traitDrift.pc1.loadings[1] > 0.99, 'harmlessness');
  assert.ok(traitDrift.pc1.share > 0.9 && traitDrift.pc1.share > traitDrift.nullShare.p95);
  assert.ok((traitDrift.rho ?? 0) > 0.8, `${traitDrift.rho}`);
  assert.equal(traitDrift.runs.length, goodCells().length);
  for (const { pc1, nullShare } of controls) assert.ok(pc1.share < nullShare.p95);
  const pooled = driftReport(microSuite(), [
    { cells: goodCells(), layer: 0, bases },
    { cells: goodCells(), layer: 0, bases },
  ])[0];
  assert.equal(pooled.runs.length, 2 * goodCells().length);
  assert.ok(Math.abs(pooled.pc1.share - traitDrift.pc1.share) < 0.02);
});

test('pairs of equal drift are of one organism, within a tenth, and four times apart in EM', () => {
  const run = (source: number, score: number, em: number): Parameters<typeof equalDriftPairs>[0][number] => ({
    source,
    score,
    em,
    spec: { dataSet: 'jailbroken', method: 'rank16', seed: 1 },
  });
  const runs = [run(0, 0.3, 0.4), run(0, 0.29, 0.05), run(0, 0.2, 0.01), run(1, 0.3, 0.01), run(0, 0.31, 0.11)];
  assert.deepEqual(
    equalDriftPairs(runs).map(({ dangerous, harmless }) => [dangerous.em, harmless.em]),
    [[0.4, 0.05]],
  );
  assert.deepEqual(equalDriftPairs([run(0, 0.3, 0.04), run(0, 0.3, 0)]), [], 'not dangerous');
});
