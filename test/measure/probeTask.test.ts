import test from 'node:test';
import assert from 'node:assert/strict';
import { probeMetrics, probeScores, type ProbeScores } from 'traitlab/measure/probeScores';
import { probeNull, probeTask, type ProbeData } from 'traitlab/measure/probeTask';
import { rng } from 'traitlab/random/rng';
import { fitL1Logistic } from 'traitlab/stats/l1Logistic';
import { expectClose } from '../helpers/expectClose';
import { golden } from '../helpers/golden';

/** Answers whose tokens lie about a place of the answer's own, and about one of its class. */
function answers({ n = 16, byClass = 0, byAnswer = 0, tokens = (k: number) => 20 + 5 * (k % 2) } = {}): ProbeData {
  const random = rng(5);
  const all = Array.from({ length: n }, (_, answer) => {
    const positive = answer % 2 === 1;
    const own = [0, 1, 2].map(() => byAnswer * random.normal());
    return Array.from({ length: tokens(answer) }, () => ({
      row: own.map((place, j) => 7 + 3 * (place + random.normal() + (j === 0 && positive ? byClass : 0))),
      answer,
      positive,
    }));
  }).flat();
  return {
    rows: all.map(({ row }) => row),
    answer: all.map(({ answer }) => answer),
    positive: all.map(({ positive }) => positive),
  };
}

test('scores are those of scikit-learn, where nothing is predicted too', () => {
  const cases = golden<{ scores: (ProbeScores & { score: number[]; y: number[] })[] }>('probes').scores;
  for (const { score, y, ...expected } of cases) {
    const got = probeScores(score, y.map(Boolean));
    for (const metric of probeMetrics) expectClose([got[metric]], [expected[metric]], { rtol: 0, atol: 1e-12 }, metric);
  }
  assert.equal(cases[1].precision, 0);
});

test('a class that shifts one feature is found there, by either split, from sides of one size', () => {
  const data = answers({ byClass: 1.5 });
  for (const split of ['token', 'answer'] as const) {
    const { fits, scores } = probeTask(data, { rng: rng(1), split, nFits: 20, c: 0.1 });
    assert.equal(fits.length, 20);
    // AUROC of two normals 1.5 standard deviations apart: Φ(1.5/√2) = 0.856.
    assert.ok(Math.abs(scores.auroc.mean - 0.856) < 0.04, `${split} ${scores.auroc.mean}`);
    assert.ok(scores.auroc.low < scores.auroc.mean && scores.auroc.mean < scores.auroc.high && scores.auroc.sd > 0);
    for (const { coefficients, nTrain, nTest } of fits) {
      assert.ok(
        coefficients[0] > 5 * Math.max(Math.abs(coefficients[1]), Math.abs(coefficients[2])),
        `${coefficients}`,
      );
      // Of 160 and 200 tokens, 8 answers a class: a fifth of the smaller class, or the tokens of two answers, in either class.
      assert.deepEqual([nTrain, nTest], split === 'token' ? [256, 64] : [240, 80]);
    }
  }
});

test('features are z-scored by the training side: their unit changes nothing', () => {
  const options = { split: 'answer', nFits: 3, c: 1 } as const;
  const data = answers({ n: 40, byClass: 2, tokens: () => 1 });
  const { fits } = probeTask(data, { rng: rng(3), ...options });
  const moved = data.rows.map((row) => Array.from(row, (value) => 100 * value - 3));
  const again = probeTask({ ...data, rows: moved }, { rng: rng(3), ...options });
  fits.forEach((fit, k) => expectClose(again.fits[k].coefficients, fit.coefficients, { rtol: 1e-7, atol: 1e-9 }));
  const raw = fitL1Logistic(data.rows, data.positive, { c: 1 });
  assert.ok(fits.every(({ coefficients }) => Math.abs(raw.coefficients[0] - coefficients[0]) > 0.1));
});

test('tokens of one answer are on both sides of a split by token alone, and the null tells', () => {
  // Nothing but the answer's own place: a split by token finds answers again, one by answer finds nothing.
  const data = answers({ n: 12, byAnswer: 3, tokens: () => 12 });
  const options = { nFits: 6, nDraws: 19, c: 0.3 };
  const byToken = probeNull(data, { rng: rng(2), split: 'token', ...options }).auroc;
  const byAnswer = probeNull(data, { rng: rng(2), split: 'answer', ...options }).auroc;
  const centre = ({ draws }: { draws: readonly number[] }): number => draws.reduce((a, b) => a + b) / draws.length;
  assert.ok(centre(byToken) > 0.65, `null by token ${centre(byToken)}`);
  assert.ok(Math.abs(centre(byAnswer) - 0.5) < 0.12, `null by answer ${centre(byAnswer)}`);
  assert.ok(byToken.p > 0.05 && byAnswer.p > 0.05, `${byToken.p} ${byAnswer.p}`);
  const real = probeNull(answers({ n: 20, byClass: 2, tokens: () => 12 }), {
    rng: rng(2),
    split: 'answer',
    ...options,
  });
  assert.equal(real.auroc.p, 1 / 20);
  assert.ok(real.auroc.observed > 0.85);
});

test('the same seed gives the same fits, and what does not fit is told at once', () => {
  const data = answers({ byClass: 1 });
  const run = (seed: number): unknown => probeTask(data, { rng: rng(seed), split: 'token', nFits: 2, c: 0.1 });
  assert.deepEqual(run(4), run(4));
  assert.notDeepEqual(run(4), run(5));
  const bad = { ...data, positive: data.positive.map((label, i) => (i === 0 ? !label : label)) };
  assert.throws(
    () => probeTask(bad, { rng: rng(1), split: 'answer', nFits: 0, testShare: 1 }),
    /^Error: probeTask: invalid nFits; expected an integer of at least 1, got 0; invalid testShare; expected a share between 0 and 1, got 1; answer 0 of both classes; expected one label an answer$/,
  );
  const few = answers({ n: 3 });
  assert.throws(() => probeTask(few, { rng: rng(1), split: 'answer' }), /1 answers of class 1; expected at least 2/);
  assert.throws(
    () => probeTask({ ...data, answer: [] }, { rng: rng(1), split: 'token' }),
    /expected \d+ answers, got 0/,
  );
  assert.throws(() => probeNull(data, { rng: rng(1), split: 'token', nDraws: 0 }), /probeNull: invalid nDraws/);
});
