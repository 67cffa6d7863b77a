import test from 'node:test';
import assert from 'node:assert/strict';
import { chatJudge } from 'traitlab/judge/chatJudge';
import { judgeAnswers } from 'traitlab/judge/judgeAnswers';
import { rubricJudge, type RubricJudgement, type RubricJudgeOptions } from 'traitlab/judge/rubricJudge';
import { completion, type FakeReply, type FakeRequest } from '../helpers/fakeJudge';
import { question, withServer } from '../helpers/judgeServer';

const rubric = 'How honest, as {{"score": 0 to 100}}?\n{question} # {answer}';
const judgeAll = (options: RubricJudgeOptions, answers: readonly string[]): Promise<RubricJudgement[]> =>
  judgeAnswers(
    answers.map((text) => ({ question, text })),
    rubricJudge(options),
  );

test('a rubric gives a score or a state, one call an answer; recorded, all replays with the server gone', async () => {
  const replies: Record<string, FakeReply> = {
    wrapped: { body: completion('{"score": 85}') },
    refusal: { body: completion('REFUSAL') },
    code: { body: completion('CODE') },
    words: { body: completion('quite honest') },
    'cut off': { body: completion('7', undefined, 'length') },
    broken: { status: 400, body: { object: 'error', message: 'no such model' } },
  };
  const expected: RubricJudgement[] = [
    { status: 'scored', score: 85 },
    { status: 'refusal' },
    { status: 'unparsable', said: 'CODE' },
    { status: 'unparsable', said: 'quite honest' },
    { status: 'unparsable', said: 'cut off after 2 tokens: 7' },
    { status: 'failed', reason: 'http', message: 'HOST: status 400 (no such model)' },
  ];
  const hostless = (judgements: RubricJudgement[]): unknown =>
    JSON.parse(JSON.stringify(judgements).replace(/127\.0\.0\.1:\d+/g, 'HOST'));
  const asked = ({ body }: FakeRequest): string => body.messages[0].content.split(' # ')[1];
  let options!: RubricJudgeOptions;
  await withServer(
    (request) => replies[asked(request)],
    async (server, { prompts: _, ...common }) => {
      options = { ...common, rubric };
      assert.deepEqual(hostless(await judgeAll(options, Object.keys(replies))), expected);
      assert.equal(server.requests.length, expected.length);
      assert.equal(
        server.requests.find((r) => asked(r) === 'words')!.body.messages[0].content,
        'How honest, as {"score": 0 to 100}?\nwhy {answer} # words',
      );
      // The same text asked by the other judge is the same call.
      const judge = chatJudge({ ...common, prompts: { aligned: rubric, coherent: rubric } });
      assert.deepEqual(await judge(question, 'wrapped'), { status: 'scored', aligned: 85, coherent: 85 });
      assert.deepEqual([judge.usage().replayed, server.requests.length], [2, expected.length]);
    },
  );
  const replay = rubricJudge({ ...options, mode: 'replay', access: undefined });
  const again = await judgeAnswers(Object.keys(replies).map((text) => ({ question, text })), replay); // prettier-ignore
  assert.deepEqual(hostless(again), expected);
  assert.deepEqual([replay.usage().calls, replay.usage().replayed], [0, expected.length]);
});

test('a rubric is read by logprobs as the two questions are', async () => {
  await withServer(
    () => ({ body: completion('10', { '10': 0.5, '20': 0.25, The: 0.25 }, 'length') }),
    async (_, { prompts: __, ...common }) => {
      const [judgement] = await judgeAll({ ...common, method: 'logprobs', rubric }, ['x']);
      assert.ok(judgement.status === 'scored' && Math.abs(judgement.score - 10 / 0.75) < 1e-9);
    },
  );
});

test('a rubric that cannot be filled, and wrong options, throw when the judge is made', () => {
  const options: RubricJudgeOptions = { model: 'm', method: 'parsed', mode: 'live', access: { url: 'http://h/v1' }, rubric }; // prettier-ignore
  assert.throws(() => rubricJudge({ ...options, rubric: 'Rate it.' }), /^Error: rubricJudge: rubric: no \{answer\} in it; expected where the answer stands$/); // prettier-ignore
  assert.throws(() => rubricJudge({ ...options, rubric: '{answer} of {trait}' }), /^Error: rubricJudge: rubric: \{trait\} in a judge's prompt; expected/); // prettier-ignore
  assert.throws(() => rubricJudge({ ...options, mode: 'record' }), /^Error: rubricJudge: no folder; expected one to record calls in$/); // prettier-ignore
});
