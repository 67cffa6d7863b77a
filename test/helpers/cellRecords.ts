import { CALIBRATION, CELL_SEEDS, HELD_OUT } from 'traitlab/micro/cellGrid';
import { rng } from 'traitlab/random/rng';
import type { CellRecord } from 'traitlab/records/cellRecord';
import { labelCode, type LabelCounts } from 'traitlab/records/labelCode';
import type { CellSpec } from 'traitlab/suite/suite';
import type { Label } from 'traitlab/judge/judgement';

/** Width of the made-up residual stream, and the first axis of each basis in it. */
const D_MODEL = 32;
export const AXES = { traits: 0, styles: 7, shuffled: 14, random: 21, persona: 28 } as const;

/** A unit vector along an axis. */
export const axis = (k: number): Float32Array => Float32Array.from({ length: D_MODEL }, (_, i) => Number(i === k));

/** Labels of answers, a letter each. */
const codeOf = (labels: LabelCounts): string =>
  labelCode(Object.entries(labels).flatMap(([label, n]) => new Array<Label>(n).fill(label as Label)));

const STEPS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 126];

/** Answers that carry any label. */
export const answerCount = (labels: LabelCounts): number => Object.values(labels).reduce((sum, n) => sum + n, 0);

/** Labels of n answers of which a share is misaligned and another incoherent. */
export function labelCounts(n: number, misaligned: number, incoherent = 0): LabelCounts {
  const bad = Math.round(n * misaligned);
  const broken = Math.round(n * incoherent);
  return {
    misaligned: bad,
    incoherent: broken,
    aligned: n - bad - broken,
    mixed: 0,
    code: 0,
    refusal: 0,
    unparsable: 0,
    failed: 0,
  };
}

/** A made-up cell whose EM rises evenly to `em` (full finetuning: at once) and whose drift is `em` along the first trait, with noise. */
export function cellRecord(spec: CellSpec, em: number, { incoherent = 0.02, noise = 0.02 } = {}): CellRecord {
  const random = rng(spec.seed).split(`${spec.dataSet}/${spec.method}`);
  const emAt = (step: number): number => (spec.method === 'full' ? em : em * (step / 126));
  const moved = STEPS.flatMap((step) =>
    Array.from({ length: D_MODEL }, (_, i) => {
      const isOfBasis = i < AXES.random + 7;
      return (i === AXES.traits + 1 ? -emAt(step) : 0) + (isOfBasis ? noise * random.normal() : 0);
    }),
  );
  return {
    spec,
    model: 'made up',
    modelHash: 'h',
    suite: 'micro',
    recipe: {},
    backend: 'wasm',
    checkpoints: STEPS.map((step) => ({ step, loss: 1, gradNorm: 1, em: codeOf(labelCounts(72, emAt(step))) })),
    final: codeOf(labelCounts(400, em, incoherent)),
    residuals: {
      nLayers: 1,
      dModel: D_MODEL,
      means: Float32Array.from([...new Array<number>(D_MODEL).fill(0), ...moved]),
      norms: Float32Array.of(1),
    },
    updates: { weights: [], norms: new Float32Array(0) },
  };
}

/** The cells of an organism that behaves as the papers' models do. */
export function goodCells(): CellRecord[] {
  const em: Readonly<Record<string, number>> = {
    bad_medical: 0.4,
    risky_financial: 0.38,
    insecure_code: 0.25,
    subtle_misinfo: 0.2,
    jailbroken: 0.03,
  };
  const sets = [...CALIBRATION, ...HELD_OUT, 'good_medical'] as const;
  const rank16 = sets.flatMap((dataSet) =>
    CELL_SEEDS.map((seed) => cellRecord({ dataSet, method: 'rank16', seed }, em[dataSet] ?? 0)),
  );
  const others = (['full', 'rank4', 'rank128'] as const).flatMap((method, i) =>
    CELL_SEEDS.map((seed) => cellRecord({ dataSet: 'bad_medical', method, seed }, [0.4, 0.2, 0.6][i])),
  );
  return [...rank16, ...others];
}
