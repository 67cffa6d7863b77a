import test from 'node:test';
import assert from 'node:assert/strict';
import { judgeAnswers } from 'traitlab/judge/judgeAnswers';
import { sharedJudges } from 'traitlab/judge/sharedJudges';
import { completion } from '../helpers/fakeJudge';
import { question, withServer } from '../helpers/judgeServer';

test('judges of one model share the limit on calls, the records and the count', async () => {
  await withServer(
    () => ({ body: completion('40'), delayMs: 20 }),
    async (server, options) => {
      const { answer, rubric: rubricOf, usage } = sharedJudges({ ...options, concurrency: 2 });
      const traits = ['honest', 'kind', 'calm'].map((trait) => rubricOf(`How ${trait}? {question} # {answer}`));
      const answers = ['a', 'b'].map((text) => ({ question, text }));
      const scores = await Promise.all(traits.map((judge) => judgeAnswers(answers, judge)));
      assert.deepEqual(scores, new Array(3).fill(new Array(2).fill({ status: 'scored', score: 40 })));
      assert.deepEqual(await answer(question, 'a'), { status: 'scored', aligned: 40, coherent: 40 });
      assert.deepEqual([server.mostOpen(), usage().calls, answer.usage().calls, traits[0].usage().calls], [2, 8, 8, 8]);
      assert.throws(() => rubricOf('{answer} {x}'), /^Error: rubricJudge: rubric: \{x\} in a judge's prompt; expected/);
    },
  );
  assert.throws(() => sharedJudges({ model: ' ', method: 'parsed', mode: 'live' }), /^Error: sharedJudges: no model; expected/); // prettier-ignore
});
