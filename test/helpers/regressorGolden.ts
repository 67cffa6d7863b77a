import { mean } from 'traitlab/stats/mean';
import { golden } from './golden';

/** One table of test/goldens/monitor/regressors.json with what scikit-learn predicts for its held-out rows. */
export interface RegressorCase {
  name: string;
  x: number[][];
  /** Rates, a part of 72. */
  y: number[];
  held: number[][];
  danger: boolean[];
  treeHasTies: boolean;
  boostingHasTies: boolean;
  boostingTrainHasTies: boolean;
  tree: number[];
  forest: number[];
  boosting: number[];
  boostingTrain: number[];
  ridge: number[];
  ridgeCoefficients: number[];
  ridgeIntercept: number;
  auroc: Record<'forest' | 'boosting' | 'ridge', number>;
}

export interface PlsCase {
  x: number[][];
  y: number[];
  held: number[][];
  k: number;
  scores: number[][];
}

export interface RegressorGolden {
  regressors: RegressorCase[];
  classifiers: {
    danger: boolean[];
    mean: number[];
    scale: number[];
    coefficients: number[];
    intercept: number;
    probability: number[];
    hundredfold: { coefficients: number[]; intercept: number };
    forest: number[];
  };
  pls: PlsCase[];
  auroc: { scores: number[]; labels: number[]; auroc: number }[];
}

/** The golden numbers of scikit-learn's regressors, features, rates and labels in their units. */
export function regressorGolden(): RegressorGolden {
  const read = golden<RegressorGolden & { unit: number }>('monitor', 'regressors');
  const table = (rows: number[][]): number[][] => rows.map((row) => row.map((value) => value / read.unit));
  const scaled = <T extends { x: number[][]; y: number[]; held: number[][] }>(one: T): T => ({
    ...one,
    x: table(one.x),
    held: table(one.held),
    y: one.y.map((count) => count / 72),
  });
  return {
    ...read,
    regressors: read.regressors.map((one) => ({ ...scaled(one), danger: one.danger.map(Boolean) })),
    classifiers: { ...read.classifiers, danger: read.classifiers.danger.map(Boolean) },
    pls: read.pls.map(scaled),
  };
}

/** Pearson's correlation. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [centreA, centreB] = [mean(a), mean(b)];
  const sum = (f: (x: number, y: number) => number): number =>
    a.reduce((total, x, i) => total + f(x - centreA, b[i] - centreB), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}
