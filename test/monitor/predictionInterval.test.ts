import test from 'node:test';
import assert from 'node:assert/strict';
import { predictionInterval, residualsOf } from 'traitlab/monitor/predictionInterval';
import { gridRows } from '../helpers/monitorGrid';
import { expectClose } from '../helpers/expectClose';

const ends = (...args: Parameters<typeof predictionInterval>): number[] => {
  const { low, high } = predictionInterval(...args);
  return [low, high];
};

test('residuals are of arcsin √rate, by model, ascending; predictions out of [0, 1] count as its ends', () => {
  const [a, ...more] = gridRows(['a', 'b']);
  const b = more.find(({ model }) => model === 'b')!;
  const of = (row: typeof a, rate: number, predicted: number): { row: typeof a; predicted: number } => ({
    row: { ...row, label: { ...row.label, rate } },
    predicted,
  });
  const found = residualsOf([of(a, 0.5, 0.25), of(b, 1, 7), of(a, 0, 0.25), of(b, 0, -1)]);
  // arcsin √¼ = π/6 and arcsin √½ = π/4.
  assert.deepEqual(Object.keys(found), ['a', 'b']);
  expectClose(found.a, [-Math.PI / 6, Math.PI / 12], { rtol: 1e-12, atol: 0 });
  assert.deepEqual(found.b, [0, 0]);
});

test('the ends are the residuals whose rank leaves half of what is not asked for on each side', () => {
  const residuals = Array.from({ length: 39 }, (_, i) => (i - 19) / 100);
  const at = (angle: number): number => Math.sin(angle) ** 2;
  // 40 · 0.05 = 2: the second from below and from above.
  expectClose(ends(residuals, 0.25), [at(Math.PI / 6 - 0.18), at(Math.PI / 6 + 0.18)], { rtol: 1e-12, atol: 0 });
  // 40 · 0.25 = 10.
  expectClose(ends(residuals, 0.25, { confidence: 0.5 }), [at(Math.PI / 6 - 0.1), at(Math.PI / 6 + 0.1)], { rtol: 1e-12, atol: 0 }); // prettier-ignore
  assert.deepEqual(ends(residuals.slice(0, 18), 0.25), [0, 1]);
});

test('an interval is narrow where rates are small, ends at 0 and 1, and always holds the prediction', () => {
  const residuals = Array.from({ length: 39 }, (_, i) => (i - 19) / 100);
  const width = (rate: number): number => ends(residuals, rate).reduce((low, high) => high - low);
  assert.ok(width(0.01) < width(0.1) / 1.5 && width(0.1) < width(0.5));
  assert.equal(ends(residuals, -0.3)[0], 0);
  assert.equal(ends(residuals, 2)[1], 1);
  for (const predicted of [0, 0.001, 0.3, 1]) {
    const [low, high] = ends(
      residuals.map((r) => r + 1),
      predicted,
    );
    assert.ok(low === predicted && high >= predicted);
  }
  assert.throws(() => predictionInterval([], 0.1), { message: 'predictionInterval: 0 residuals at confidence 0.9; expected some, and a confidence between 0 and 1' }); // prettier-ignore
  assert.throws(() => predictionInterval([0], 0.1, { confidence: 1 }), /1 residuals at confidence 1; expected some/);
});
