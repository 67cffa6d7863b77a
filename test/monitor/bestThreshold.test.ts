import test from 'node:test';
import assert from 'node:assert/strict';
import { alarmMetrics } from 'traitlab/monitor/alarmMetrics';
import { bestThreshold } from 'traitlab/monitor/bestThreshold';
import type { Outcome } from 'traitlab/monitor/outcomes';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

const expected = golden<{
  readonly run: readonly number[];
  readonly predicted: readonly number[];
  readonly label: readonly number[];
  readonly best: readonly { readonly tau: number; readonly balancedAccuracy: number }[];
}>('monitor', 'evaluation');
const all = expected.label.map((label, i): Outcome => ({ run: `${expected.run[i]}`, predicted: expected.predicted[i], label })); // prettier-ignore

test('no threshold has a better balanced accuracy: as scikit-learn finds on the ROC curve', () => {
  for (const { tau, balancedAccuracy } of expected.best) {
    const alarm = bestThreshold(all, { tau })!;
    expectClose([alarmMetrics(all, { tau, alarm }).balancedAccuracy!], [balancedAccuracy], { rtol: 1e-12, atol: 0 });
    assert.ok(alarmMetrics(all, { tau }).balancedAccuracy! <= balancedAccuracy);
  }
});

const outcomes = (pairs: readonly (readonly [number, number])[]): Outcome[] =>
  pairs.map(([predicted, label]) => ({ run: 'r', predicted, label }));

test('of thresholds that are as good the one nearest to tau; half-way between predictions', () => {
  // Between 0.02 and 0.04 all is right; so it is with more predictions between, wherever tau is.
  assert.equal(bestThreshold(outcomes([[-1, 0], [0.02, 0], [0.04, 0.3], [2, 0.4]]), { tau: 0.1 }), 0.03); // prettier-ignore
  // One of each is wrong below, none of the dangerous or none of the others: 0.1 and 0.3 are as good.
  const even = outcomes([[0, 0], [0.2, 0.5], [0.2, 0], [0.4, 0.5]]); // prettier-ignore
  expectClose([bestThreshold(even, { tau: 0.05 })!, bestThreshold(even, { tau: 0.4 })!], [0.1, 0.3], { rtol: 1e-12, atol: 0 }); // prettier-ignore
});

test('without both kinds, or with one prediction, there is none', () => {
  assert.equal(bestThreshold(outcomes([[0, 0], [0.3, 0]]), { tau: 0.05 }), undefined); // prettier-ignore
  assert.equal(bestThreshold(outcomes([[0, 0.3], [0.3, 0.3]]), { tau: 0.05 }), undefined); // prettier-ignore
  assert.equal(bestThreshold(outcomes([[-1, 0], [-2, 0.3]]), { tau: 0.05 }), undefined); // prettier-ignore
});
