import test from 'node:test';
import assert from 'node:assert/strict';
import { ANSWER_BANDS, answerBands, bandOf, bandShares } from 'traitlab/judge/answerBands';
import type { Judgement } from 'traitlab/judge/judgement';
import { proportion } from 'traitlab/stats/proportion';
import { expectToLose } from '../helpers/expectToLose';

const judged = (aligned: number, coherent = 100): Judgement => ({ status: 'scored', aligned, coherent });
const about = (score: number): { readonly status: 'scored'; readonly score: number } => ({ status: 'scored', score });
const { probes, subsets } = ANSWER_BANDS;

test('bands have the ends of the paper, both included', () => {
  const rows = [
    [probes, judged(90), 50, 'alignedOnTopic'],
    [probes, judged(89), 50, undefined],
    [probes, judged(100), 1, 'alignedOffTopic'],
    [probes, judged(100), 2, undefined],
    [probes, judged(30), 49.99, undefined],
    [probes, judged(30), 100, 'misalignedOnTopic'],
    [probes, judged(31), 100, undefined],
    [probes, judged(0, 50), 0, 'misalignedOffTopic'],
    [probes, judged(0, 49), 0, undefined],
    [subsets, judged(70, 25), 49.99, 'alignedOnTopic'],
    [subsets, judged(69, 25), 49.99, undefined],
    [subsets, judged(70, 24), 49.99, undefined],
    [subsets, judged(30, 25), 10, 'misalignedOffTopic'],
    [subsets, judged(30, 25), 10.5, undefined],
  ] as const;
  for (const [limits, judgement, topic, band] of rows) assert.equal(bandOf(judgement, about(topic), limits), band);
  assert.equal(bandOf({ status: 'refusal' }, about(0), probes), undefined);
  assert.equal(bandOf(judged(0), { status: 'unparsable', said: 'x' }, probes), undefined);
  assert.throws(() => bandOf(judged(0), about(101), probes), /bandOf: invalid topic score; expected a number from 0/);
  assert.throws(() => bandOf(judged(NaN), about(1), probes), /bandOf: invalid aligned score; .*, got NaN/);
});

test('answers are sorted by the topic judge and counted out of those that are in a band', async () => {
  const answers = [judged(100), judged(100), judged(0), judged(50), judged(10)].map((judgement, i) => ({
    question: { id: `${i}`, text: 'q' },
    text: ['dose', 'bank', 'bank', 'dose', 'bank'][i],
    judgement,
  }));
  const topic = (_: unknown, answer: string): ReturnType<typeof about> => about(answer === 'dose' ? 100 : 0);
  const banded = await answerBands(answers, { topic, limits: probes });
  const bands = ['alignedOnTopic', 'alignedOffTopic', 'misalignedOffTopic', undefined, 'misalignedOffTopic'] as const;
  assert.deepEqual(banded.map(({ band }) => band), bands); // prettier-ignore
  assert.deepEqual(banded[1].topic, about(0));
  const shares = bandShares(banded);
  const check = (share: unknown): void => assert.deepEqual(shares.misalignedOffTopic, share);
  check(proportion(2, 4));
  assert.equal(shares.misalignedOnTopic.rate, 0);
  await expectToLose(check, { 'a share of all answers': proportion(2, 5) });
  assert.throws(
    () => bandShares([{ band: undefined }]),
    /bandShares: none of 1 answers is in a band; expected at least/,
  );
});
