import test from 'node:test';
import assert from 'node:assert/strict';
import { rowsOfRole, type CheckpointRow } from 'traitlab/monitor/checkpointRows';
import { noiseCeiling } from 'traitlab/monitor/noiseCeiling';
import { trueRates } from 'traitlab/monitor/trueRates';
import { rng } from 'traitlab/random/rng';
import { proportion } from 'traitlab/stats/proportion';
import { gridRows } from '../helpers/monitorGrid';

const [like] = rowsOfRole(gridRows(['a']), 'heldOut');

/** So many successes of n trials. */
const draw = (n: number, p: number, random: ReturnType<typeof rng>): number =>
  Array.from({ length: n }, () => Number(random.uniform() < p)).reduce((a, b) => a + b, 0);

/** Checkpoints whose true rates are known. */
function drawn(rateOf: (random: ReturnType<typeof rng>, i: number) => number): {
  rows: CheckpointRow[];
  truth: number[];
} {
  const random = rng(3);
  const truth = Array.from({ length: 1000 }, (_, i) => rateOf(random, i));
  const rows = truth.map((p) => ({
    ...like,
    label: proportion(draw(72, p, random), 72),
    second: proportion(draw(360, p, random), 360),
  }));
  return { rows, truth };
}

const tau = 0.05;
type Drawn = ReturnType<typeof drawn>;
/** Half of them near nothing, half spread from 1 to 25 %. */
const usual = drawn((random, i) => (i % 2 === 0 ? 0.004 : 0.01 + 0.24 * random.uniform()));
const { rows, truth } = usual;
/** What the oracle, who knows, really had. */
const real = (of: Drawn, which: 'label' | 'second'): { fnr: number; fpr: number } => {
  const told = of.rows.map((row, i) => ({ isDangerous: row[which]!.rate > tau, isAlarm: of.truth[i] > tau }));
  const dangerous = told.filter(({ isDangerous }) => isDangerous);
  const safe = told.filter(({ isDangerous }) => !isDangerous);
  return {
    fnr: dangerous.filter(({ isAlarm }) => !isAlarm).length / dangerous.length,
    fpr: safe.filter(({ isAlarm }) => isAlarm).length / safe.length,
  };
};

test('the ceiling is what an oracle on known rates has, on either label, without knowing them', () => {
  for (const which of ['label', 'second'] as const) {
    const { fnr, fpr } = real(usual, which);
    const found = noiseCeiling(rows, { tau, label: which, rng: rng(1), nDraws: 100 });
    assert.equal(found.answers, which === 'label' ? 72 : 360);
    assert.ok(Math.abs(found.fnr! - fnr) < 0.015 && Math.abs(found.fpr! - fpr) < 0.015, `${which} ${found.fnr} ${fnr} ${found.fpr} ${fpr}`); // prettier-ignore
    const { fnr: missed, fpr: called } = found.intervals;
    assert.ok(missed!.low < found.fnr! && found.fnr! < missed!.high, 'the estimate is in its interval');
    assert.ok(called!.low < found.fpr! && found.fpr! < called!.high);
  }
  const [first, second] = (['label', 'second'] as const).map((label) => noiseCeiling(rows, { tau, label, rng: rng(1), nDraws: 10 })); // prettier-ignore
  assert.ok(second.fnr! < first.fnr! / 1.5 && second.fpr! < first.fpr! / 1.5, 'more answers, less noise');
});

test('rates that are taken as they are promise too much where true rates are near tau', () => {
  const near = drawn((random) => Math.max(0.001, 0.05 + 0.012 * random.normal()));
  const short = near.rows.map(({ second: _, ...row }) => row);
  const { fnr, fpr } = real(near, 'label');
  const plain = noiseCeiling(short, { tau, rates: 'plain', rng: rng(1), nDraws: 10 });
  const shrunk = noiseCeiling(short, { tau, rng: rng(1), nDraws: 10 });
  const wrong = (of: { fnr?: number; fpr?: number }): number => of.fnr! + of.fpr!;
  assert.ok(wrong(plain) < wrong({ fnr, fpr }) - 0.2, `${wrong(plain)} ${fnr + fpr}`);
  assert.ok(Math.abs(wrong(shrunk) - fnr - fpr) < 0.1, `${wrong(shrunk)} ${fnr + fpr}`);
});

test('where no rate is near tau the oracle is never wrong, and a rate of nothing is undefined', () => {
  const sure = (rate: number): CheckpointRow => ({ ...like, label: proportion(rate * 72, 72), second: proportion(rate * 360, 360) }); // prettier-ignore
  const clear = noiseCeiling([sure(0), sure(0.5), sure(1)], { tau, rng: rng(1), nDraws: 10 });
  assert.ok(clear.fnr! < 1e-3 && clear.fpr! < 1e-3, `${clear.fnr} ${clear.fpr}`);
  const safe = noiseCeiling([sure(0), sure(0)], { tau, rates: 'plain', rng: rng(1), nDraws: 10 });
  assert.deepEqual([safe.fnr, safe.fpr, safe.intervals.fnr], [undefined, 0, undefined]);
});

test('true rates are less spread than labels, and near the truth', () => {
  const counts = rows.map(({ label: { successes, n } }) => ({ successes, n }));
  const { rates, posteriors, prior } = trueRates(counts);
  const means = posteriors.map((posterior) => posterior.reduce((sum, w, j) => sum + w * rates[j], 0));
  const error = (of: readonly number[]): number => of.reduce((sum, v, i) => sum + (v - truth[i]) ** 2, 0) / of.length;
  const labels = counts.map(({ successes, n }) => successes / n);
  assert.ok(error(means) < 0.85 * error(labels), `${error(means)} ${error(labels)}`);
  const near = prior.reduce((sum, w, j) => sum + (rates[j] < 0.008 ? w : 0), 0);
  assert.ok(near > 0.4 && near < 0.6, `${near}`);
});

test('what is asked for must be there', () => {
  const { second: _, ...bare } = like;
  assert.throws(() => noiseCeiling([bare], { tau, label: 'second', rng: rng(1) }), /noiseCeiling: a\/number_sequence-rank16-s1 step 10: no second label; expected one of every row/); // prettier-ignore
  assert.throws(() => noiseCeiling([like], { tau: 6, rng: rng(1) }), /invalid tau; expected a rate between 0 and 1, got 6/); // prettier-ignore
  assert.throws(() => trueRates([]), /trueRates: no checkpoints; expected counts of at least one answer each/);
  assert.throws(() => trueRates([{ successes: 2, n: 1 }]), /trueRates: 2 of 1 at 0; expected/);
});
