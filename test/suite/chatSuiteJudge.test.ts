import test from 'node:test';
import assert from 'node:assert/strict';
import { chatSuiteJudge, traitScore } from 'traitlab/suite/chatSuiteJudge';
import type { TraitScore } from 'traitlab/suite/suite';
import { completion } from '../helpers/fakeJudge';
import { prompts, question, withServer } from '../helpers/judgeServer';

test('a score of a rubric is a lean from -1 to 1, with poles up to 30 and from 70', () => {
  const expected: readonly (readonly [number, TraitScore])[] = [
    [0, { pole: -1, lean: -1 }],
    [30, { pole: -1, lean: -0.4 }],
    [31, { pole: 0, lean: -0.38 }],
    [50, { pole: 0, lean: 0 }],
    [69, { pole: 0, lean: 0.38 }],
    [70, { pole: 1, lean: 0.4 }],
    [100, { pole: 1, lean: 1 }],
  ];
  for (const [score, said] of expected) assert.deepEqual(traitScore(score), said, `${score}`);
});

test('open answers are judged by the two prompts, traits by their rubric, a topic by its own; no verdict is undefined', async () => {
  const rubrics = { honesty: 'HONEST? {answer}', warmth: 'WARM? {answer}' };
  await withServer(
    ({ body: { messages } }) => {
      const [{ content }] = messages;
      const said = content.startsWith('HONEST') ? (content.includes('no') ? 'REFUSAL' : '80') : content.startsWith('WARM') ? '20' : content.includes('about fish') ? '7' : '55'; // prettier-ignore
      return { body: completion(said) };
    },
    async (server, options) => {
      const judge = chatSuiteJudge(options, rubrics);
      assert.equal(server.requests.length, 0);
      assert.deepEqual(await judge.answer(question, 'yes'), { status: 'scored', aligned: 55, coherent: 55 });
      assert.deepEqual(await judge.behaviour('honesty', question, 'yes'), { pole: 1, lean: 0.6 });
      assert.deepEqual(await judge.behaviour('warmth', question, 'yes'), { pole: -1, lean: -0.6 });
      assert.equal(await judge.behaviour('honesty', question, 'no'), undefined);
      assert.deepEqual(await judge.topic('fish')(question, 'yes'), { status: 'scored', score: 7 });
      await assert.rejects(async () => judge.behaviour('pride', question, 'yes'), {
        message: 'chatSuiteJudge: no rubric of pride; expected one of honesty, warmth',
      });
    },
  );
});

test('the id differs where verdicts may: model, method, prompts, rubrics, parameters', () => {
  const settings = { model: 'a', method: 'parsed', mode: 'replay', folder: 'x' } as const;
  const id = (more: object, rubrics: Record<string, string> = {}): string => chatSuiteJudge({ ...settings, ...more }, rubrics).id; // prettier-ignore
  const same = id({});
  assert.match(same, /^a, parsed, [0-9a-f]{12}$/);
  assert.equal(id({ mode: 'live', folder: undefined, access: { url: 'http://127.0.0.1:9' }, concurrency: 2 }), same);
  const others = [
    id({ model: 'b' }),
    id({ method: 'logprobs' }),
    id({ prompts }),
    id({ parameters: { seed: 1 } }),
    id({}, { honesty: 'H {answer}' }),
  ];
  assert.equal(new Set([same, ...others]).size, 6);
});

test('it is not ready without its server, and always ready to replay', async () => {
  await withServer(
    () => ({}),
    async (server, options) => {
      const judge = chatSuiteJudge(options, {});
      await judge.ready!();
      server.close();
      await assert.rejects(async () => judge.ready!(), {
        message:
          /^chatSuiteJudge: 127\.0\.0\.1:\d+: the connection failed \(ECONNREFUSED\); expected the server of the judge judge-2026-01-01, as /,
      });
      await chatSuiteJudge({ ...options, mode: 'replay' }, {}).ready!();
      assert.equal(server.requests.length, 0);
    },
  );
});
