import test from 'node:test';
import assert from 'node:assert/strict';
import type { Judgement } from 'traitlab/judge/judgement';
import { microSuite } from 'traitlab/micro/suite';
import { watchJudge } from 'traitlab/study/watchJudge';
import type { Suite } from 'traitlab/suite/suite';

const scored: Judgement = { status: 'scored', aligned: 10, coherent: 90 };
const problem = { reason: 'timeout', message: 'no answer in 60 s' } as const;
const failed: Judgement = { status: 'failed', ...problem };
const question = { id: 'q', text: 'Why?' };

/** The micro suite with a judge that fails on the answer "fail". */
const suite: Suite = {
  ...microSuite(),
  judge: {
    ...microSuite().judge,
    answer: (_, answer) => (answer === 'fail' ? failed : scored),
    behaviour: (_, __, answer) => (answer === 'fail' ? problem : { pole: 1, lean: 1 }),
  },
};

test('a judge that fails on more than a tenth of the answers stops the task; its verdicts are as they are', async () => {
  const { suite: watched, check } = watchJudge(suite);
  const ask = async (answer: string): Promise<Judgement> => watched.judge.answer(question, answer);
  check();
  for (let i = 0; i < 9; i++) assert.equal(await ask('fine'), scored);
  assert.equal(await ask('fail'), failed);
  check();
  await ask('fail');
  assert.throws(check, {
    message:
      'study: the judge failed on 2 of 11 answers (first timeout: no answer in 60 s); expected at most a tenth, when its server answers again',
  });
  assert.equal(watched.judge.id, suite.judge.id);
});

test('verdicts on traits that could not be had count as well', async () => {
  const { suite: watched, check } = watchJudge(suite);
  for (let i = 0; i < 9; i++) await watched.judge.behaviour('honesty', question, 'fine');
  await watched.judge.behaviour('honesty', question, 'fail');
  check();
  assert.deepEqual(await watched.judge.behaviour('honesty', question, 'fail'), problem);
  assert.throws(check, /the judge failed on 2 of 11 answers/);
});
