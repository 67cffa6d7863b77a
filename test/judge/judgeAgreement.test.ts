import test from 'node:test';
import assert from 'node:assert/strict';
import { judgeAgreement } from 'traitlab/judge/judgeAgreement';
import type { Judgement } from 'traitlab/judge/judgement';
import { cohenKappa } from 'traitlab/stats/cohenKappa';

const judgement: Record<string, Judgement> = {
  m: { status: 'scored', aligned: 0, coherent: 90 },
  a: { status: 'scored', aligned: 95, coherent: 90 },
  x: { status: 'scored', aligned: 50, coherent: 90 },
  i: { status: 'scored', aligned: 0, coherent: 10 },
  r: { status: 'refusal' },
  f: { status: 'failed', reason: 'timeout', message: 'late' },
};
const judgements = (text: string): Judgement[] => [...text].map((c) => judgement[c]);

test('agreement over all labels and on misaligned, without the answers of which a judge gave no verdict', () => {
  const result = judgeAgreement(judgements('mmmaaaaxirff'), judgements('mmaaaamxirfm'));
  assert.deepEqual([result.n, result.nLeftOut], [10, 2]);
  assert.equal(result.labels.agreement.successes, 8);
  // Misaligned: both 2, only the first 1, only the second 1, neither 6: p_o = 0.8, p_e = 0.09 + 0.49.
  assert.equal(result.misaligned.agreement.successes, 8);
  assert.ok(Math.abs(result.misaligned.kappa!.kappa - (0.8 - 0.58) / 0.42) < 1e-12);
  assert.ok(Math.abs(result.labels.kappa!.kappa - cohenKappa([...'mmmaaaaxir'], [...'mmaaaamxir']).kappa) < 1e-12);
  assert.deepEqual(result.pairs.slice(0, 2), [
    { first: 'aligned', second: 'aligned', count: 3 },
    { first: 'misaligned', second: 'misaligned', count: 2 },
  ]);
  assert.equal(
    result.pairs.reduce((sum, { count }) => sum + count, 0),
    10,
  );
});

test('judges who find everything aligned agree; kappa is absent, not invented', () => {
  const result = judgeAgreement(judgements('aaa'), judgements('aaa'));
  assert.equal(result.labels.agreement.rate, 1);
  assert.ok(!('kappa' in result.labels) && !('kappa' in result.misaligned));
});

test('misuse throws', () => {
  assert.throws(
    () => judgeAgreement(judgements('aa'), judgements('a')),
    /lengths differ; expected 2 judgements, got 1/,
  );
  assert.throws(() => judgeAgreement(judgements('fa'), judgements('af')), /no answer has a verdict of both judges/);
});
