import { CALIBRATION, CELL_SEEDS, HELD_OUT } from 'traitlab/micro/cellGrid';
import { checkpointRows, type CheckpointRow } from 'traitlab/monitor/checkpointRows';
import type { MonitorSource } from 'traitlab/monitor/measuredCheckpoint';
import type { CellRecord } from 'traitlab/records/cellRecord';
import { BASIS_NAMES, type Basis, type BasisName } from 'traitlab/study/basis';
import type { DataRole } from 'traitlab/suite/suite';
import { AXES, axis, cellRecord } from './cellRecords';

const EM: Readonly<Record<string, number>> = {
  bad_medical: 0.4,
  risky_financial: 0.38,
  insecure_code: 0.25,
  subtle_misinfo: 0.2,
  jailbroken: 0.03,
};

/** Names and roles of the data sets of the micro suite that are in the grid, and how labels count. */
export const GRID_SUITE = {
  dataSets: [
    ...CALIBRATION.map((name) => ({ name, role: 'calibration' as DataRole })),
    ...HELD_OUT.map((name) => ({ name, role: 'heldOut' as DataRole })),
    { name: 'good_medical', role: 'stress' as DataRole },
  ],
  protocol: { denominator: 'notExcluded' as const },
};

/** Made-up bases: seven axes each, one of the persona. */
export const GRID_BASES = Object.fromEntries(
  BASIS_NAMES.map((name): [string, Basis] => {
    const directions = Array.from({ length: name === 'persona' ? 1 : 7 }, (_, k) => axis(AXES[name] + k));
    return [name, { names: directions.map((_, k) => `${name} ${k}`), directions, splitHalf: [] }];
  }),
) as Record<BasisName, Basis>;

/** The made-up grid: 4 models, 7 data sets, 3 seeds, 13 checkpoints, held-out ones with a second label of the same rate. */
export function gridSources(models: readonly string[] = ['a', 'b', 'c', 'd']): MonitorSource[] {
  return models.map((model, m) => ({
    model,
    layer: 0,
    bases: GRID_BASES,
    cells: [...CALIBRATION, ...HELD_OUT].flatMap((dataSet) =>
      CELL_SEEDS.map((seed): CellRecord => {
        const cell = cellRecord({ dataSet, method: 'rank16', seed: seed + 10 * m }, EM[dataSet] ?? 0);
        const { length } = cell.checkpoints;
        const loss = (i: number): number => 2 - i / length + 0.1 * seed;
        const norms = cell.checkpoints.flatMap(({ step }, i) => [0.01 * step, 0.02 * step + 0.001 * i]);
        return {
          ...cell,
          spec: { dataSet, method: 'rank16', seed },
          checkpoints: cell.checkpoints.map((checkpoint, i) => ({
            ...checkpoint,
            loss: loss(i),
            gradNorm: 1 / loss(i),
            ...(HELD_OUT.some((name) => name === dataSet) && { second: checkpoint.em.repeat(5) }),
          })),
          updates: {
            weights: ['model.layers.0.mlp.up_proj.weight', 'model.norm.weight'],
            norms: Float32Array.from(norms),
          },
        };
      }),
    ),
  }));
}

/** The rows of the made-up grid. */
export function gridRows(models?: readonly string[]): CheckpointRow[] {
  return checkpointRows(GRID_SUITE, gridSources(models));
}

/** Rows as they are but for what a poisoner changed: held-out ones moved far along every direction, with labels turned round. */
export function poisonHeldOut(rows: readonly CheckpointRow[]): CheckpointRow[] {
  const poisoned = new Map<CheckpointRow['cell'], CheckpointRow['cell']>();
  return rows.map((row) => {
    if (row.role !== 'heldOut') return row;
    const { residuals } = row.cell;
    const means = residuals.means.map((v, i) => (i < residuals.dModel ? v : 1000 - 50 * v + (i % 7)));
    const cell = poisoned.get(row.cell) ?? { ...row.cell, residuals: { ...residuals, means } };
    poisoned.set(row.cell, cell);
    return { ...row, cell, label: { ...row.label, rate: 1 - row.label.rate } };
  });
}

/** Ordinary least squares with a little ridge, small enough to be followed by hand: the regressor of tests that are not about regressors. */
export function leastSquares(
  x: readonly (readonly number[])[],
  y: readonly number[],
): { predict(rows: readonly (readonly number[])[]): number[] } {
  const rows = x.map((row) => [1, ...row]);
  const k = rows[0].length;
  const a = Array.from({ length: k }, (_, i) =>
    Array.from({ length: k }, (_, j) => rows.reduce((s, r) => s + r[i] * r[j], 0) + (i === j ? 1e-6 : 0)),
  );
  const b = Array.from({ length: k }, (_, i) => rows.reduce((s, r, n) => s + r[i] * y[n], 0));
  for (let i = 0; i < k; i++) {
    for (let j = i + 1; j < k; j++) {
      const f = a[j][i] / a[i][i];
      for (let c = i; c < k; c++) a[j][c] -= f * a[i][c];
      b[j] -= f * b[i];
    }
  }
  const w = new Array<number>(k).fill(0);
  for (let i = k - 1; i >= 0; i--) {
    w[i] = (b[i] - w.reduce((s, v, c) => s + (c > i ? a[i][c] * v : 0), 0)) / a[i][i];
  }
  return { predict: (more) => more.map((row) => w[0] + row.reduce((s, v, i) => s + v * w[i + 1], 0)) };
}
