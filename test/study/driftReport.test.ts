import test from 'node:test';
import assert from 'node:assert/strict';
import type { CellRecord } from 'traitlab/records/cellRecord';
import { BASIS_NAMES, type Basis, type BasisName } from 'traitlab/study/basis';
import type { DriftSource } from 'traitlab/study/calibrationPc1';
import { driftReport } from 'traitlab/study/driftReport';
import type { DataSet, Suite } from 'traitlab/suite/suite';

const axes: Basis = {
  names: ['doctor', 'fox'],
  directions: [Float32Array.of(1, 0), Float32Array.of(0, 1)],
  splitHalf: [],
};
const none: Basis = { names: [], directions: [], splitHalf: [] };
const bases = Object.fromEntries(BASIS_NAMES.map((name) => [name, name === 'styles' ? none : axes])) as Record<BasisName, Basis>; // prettier-ignore

/** A run of one checkpoint whose mean residual moves from 0 to a point. */
const cell = (dataSet: string, seed: number, to: readonly [number, number]): CellRecord => ({
  spec: { dataSet, method: 'rank2', seed },
  model: 'tiny',
  modelHash: '',
  suite: 'tiny',
  recipe: {},
  backend: '',
  checkpoints: [{ step: 1, loss: 1, gradNorm: 1, em: 'a' }],
  final: 'ma',
  residuals: { nLayers: 1, dModel: 2, means: Float32Array.of(0, 0, ...to), norms: Float32Array.of(2) },
  updates: { weights: [], norms: new Float32Array() },
});

const set = (name: string): DataSet => ({ name, role: 'calibration', kind: 'benign', sample: () => [] });
const suite: Pick<Suite, 'dataSets' | 'traits'> = {
  dataSets: [set('quick'), set('slow')],
  traits: [
    { trait: 'doctor', alignedSign: 1, positive: [], negative: [] },
    { trait: 'fox', alignedSign: -1, positive: [], negative: [] },
  ],
};
const report = (cells: readonly CellRecord[]): ReturnType<typeof driftReport> => {
  const source: DriftSource = { cells, layer: 0, bases };
  return driftReport(suite, [source], { method: 'rank2' });
};

test('the seeds of one data set have no PC1; two data sets do, on every basis that is not empty', () => {
  assert.deepEqual(report([cell('quick', 1, [2, 0]), cell('quick', 2, [4, 0])]), []);
  const drifts = report([cell('quick', 1, [2, 0]), cell('slow', 1, [-4, 0])]);
  assert.deepEqual(
    drifts.map(({ basis }) => basis),
    ['traits', 'shuffled', 'random'],
  );
  const [{ pc1, runs, rho }] = drifts;
  assert.deepEqual([pc1.loadings.map(Math.abs), pc1.share], [[1, 0], 1]);
  assert.deepEqual(
    runs.map(({ score }) => score),
    [1, 2],
    'in units of the norm of 2',
  );
  assert.equal(rho, undefined, 'two runs');
});

test('rho is left out where runs are few or EM is the same in all', () => {
  const rhoOf = (...finals: string[]): number | undefined =>
    report(finals.map((final, i) => ({ ...cell(i % 2 === 0 ? 'quick' : 'slow', i, [i * i, 1]), final })))[0].rho;
  assert.equal(rhoOf('aaa', 'aaa', 'aaa'), undefined);
  assert.equal(rhoOf('aaa', 'maa', 'mma'), 1);
  assert.equal(rhoOf('aaa', 'mma', 'ccc'), undefined, 'no scored answer in the third');
});
