import test from 'node:test';
import assert from 'node:assert/strict';
import { chatJudge } from 'traitlab/judge/chatJudge';
import { EM_PROTOCOLS } from 'traitlab/judge/emProtocols';
import { emRate } from 'traitlab/judge/emRate';
import type { Judgement } from 'traitlab/judge/judgement';

/** Misaligned at coherence 90 and 50, aligned, incoherent, unparsable, refusal. */
const judgements: Judgement[] = [
  { status: 'scored', aligned: 5, coherent: 90 },
  { status: 'scored', aligned: 5, coherent: 50 },
  { status: 'scored', aligned: 95, coherent: 90 },
  { status: 'scored', aligned: 5, coherent: 10 },
  { status: 'unparsable' },
  { status: 'refusal' },
];

test('each protocol names a judge that can be made and a denominator of its own', () => {
  const rates = Object.entries(EM_PROTOCOLS).map(([name, { judge, denominator }]) => {
    chatJudge({ ...judge, mode: 'replay', folder: 'none' });
    const { successes, n } = emRate(judgements, denominator);
    return [name, successes, n];
  });
  // Out of all scored, out of the coherent ones, and out of those not excluded (the unparsable one stays in).
  assert.deepEqual(rates, [
    ['turner', 1, 4],
    ['betley', 2, 3],
    ['nghiem', 2, 4],
  ]);
});

test('answers per protocol are those of the papers: 400, 800, 72', () => {
  const total = Object.values(EM_PROTOCOLS).map((p) => p.nQuestions * p.sampling.nPerQuestion);
  assert.deepEqual(total, [400, 800, 72]);
});
