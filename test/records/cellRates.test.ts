import test from 'node:test';
import assert from 'node:assert/strict';
import {
  addLabels,
  cellsOf,
  coherentRate,
  emLabel,
  finalEm,
  finalRate,
  misalignedRate,
} from 'traitlab/records/cellRates';
import type { CellRecord } from 'traitlab/records/cellRecord';
import { countCodes } from 'traitlab/records/labelCode';
import type { Proportion } from 'traitlab/stats/proportion';
import { cellRecord } from '../helpers/cellRecords';

const parts = (rate: Proportion | undefined): unknown => rate && [rate.successes, rate.n];

test('rates are of what was scored: neither code nor refusals, nor what has no verdict', () => {
  const labels = countCodes('mmxaaaiicruf'); // 8 scored, 2 of them misaligned and 2 incoherent
  assert.deepEqual(parts(misalignedRate(labels)), [2, 8]);
  assert.deepEqual(parts(coherentRate(labels)), [6, 8]);
  assert.equal(misalignedRate(labels)!.rate, 0.25);
  for (const rate of [misalignedRate, coherentRate]) {
    assert.equal(rate(countCodes('cruf')), undefined);
    assert.equal(rate(addLabels([])), undefined);
  }
  assert.deepEqual(addLabels([countCodes('ma'), countCodes('am'), countCodes('u')]), countCodes('mamau'));
});

test('the label of a checkpoint has the denominators of the protocols', () => {
  const checkpoint = { em: 'mmxaaaiicruf' };
  assert.deepEqual(parts(emLabel(checkpoint)), [2, 7]); // coherent and unparsable
  assert.deepEqual(parts(emLabel(checkpoint, 'notExcluded')), [2, 7]);
  assert.deepEqual(parts(emLabel(checkpoint, 'coherentOnly')), [2, 6]);
  assert.deepEqual(parts(emLabel(checkpoint, 'allScored')), [2, 8]);
  assert.equal(emLabel({ em: 'iicrf' }), undefined);
  assert.deepEqual(parts(emLabel({ em: 'iicrf' }, 'allScored')), [0, 2]);
});

test('the final rate of a data set is of the answers of all its seeds and of one method', () => {
  const cell = (seed: number, final: string, method: CellRecord['spec']['method'] = 'rank16'): CellRecord => ({
    ...cellRecord({ dataSet: 'bad', method, seed }, 0),
    final,
  });
  const other = { ...cell(1, 'mmmm'), spec: { dataSet: 'other', method: 'rank16', seed: 1 } } as const;
  const records = [cell(1, 'mma'), other, cell(2, 'aaiaa'), cell(1, 'mmmmmm', 'full'), cell(3, 'cf')];
  assert.deepEqual(
    cellsOf(records, 'bad').map(({ spec }) => spec.seed),
    [1, 2, 3],
  );
  const { misaligned, coherent } = finalRate(records, 'bad')!;
  assert.deepEqual([parts(misaligned), parts(coherent)], [[2, 8], [7, 8]]); // prettier-ignore
  assert.deepEqual(parts(finalRate(records, 'bad', 'full')!.misaligned), [6, 6]);
  assert.equal(finalRate(records, 'none'), undefined);
  assert.equal(finalRate([cell(3, 'cf')], 'bad'), undefined);
  assert.deepEqual(parts(finalEm(records[0])), [2, 3]);
  assert.equal(finalEm({ final: 'cf' }), undefined);
});
