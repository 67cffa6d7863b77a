import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatJudgeOptions } from 'traitlab/judge/chatJudge';
import type { Judgement } from 'traitlab/judge/judgement';
import { completion, type FakeReply, type FakeRequest } from '../helpers/fakeJudge';
import { asked, good, judgeAll, withServer } from '../helpers/judgeServer';

test('a reply that was cut off, or reasons first, is no wrong score; recorded, it replays to the same', async () => {
  const think = '<think>\nOn a scale from 0 to 100 I would say 85.\n</think>\n\n85';
  const replies: Record<string, object> = {
    stump: completion('<think>\nThe answer is kind. First criterion: 1', undefined, 'length'),
    scale: completion('<think>\nOkay, I need to rate this from 0', undefined, 'length'),
    seven: completion('I would rate this response a 7 out of', undefined, 'length'),
    think: completion(think),
    'out of': completion('85 out of 100'),
    apart: withMessage({ content: null, reasoning_content: 'I should say' }, 'length'),
    parts: withMessage({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }, { type: 'text', text: '85' }] }), // prettier-ignore
  };
  const answers = Object.keys(replies);
  const reply = (request: FakeRequest): FakeReply => ({ body: replies[asked(request).answer] });
  await withServer(reply, async (server, options) => {
    const first = await judgeAll(options, answers);
    const cut = (said: string): Judgement => ({ status: 'unparsable', said: `cut off after 2 tokens${said}` });
    const scored = { status: 'scored', aligned: 85, coherent: 85 };
    assert.deepEqual(first, [
      cut(', before an answer: <think> The answer is kind. First criterion: 1'),
      cut(', before an answer: <think> Okay, I need to rate this from 0'),
      cut(': I would rate this response a 7 out of'),
      scored,
      scored,
      cut(', before an answer: I should say'),
      scored,
    ]);
    assert.equal(server.requests.length, 2 * answers.length, 'each is asked once');
    assert.deepEqual(await judgeAll({ ...options, mode: 'replay', access: undefined }, answers), first);
  });
});

/** A completion with another message. */
function withMessage(message: object, finish?: string): object {
  const body = completion('', undefined, finish) as { choices: object[] };
  return { ...body, choices: [{ ...body.choices[0], message }] };
}

/** Makes recordings like those from before replies kept why they end. */
function forgetEnds(folder: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  for (const path of names.map((name) => join(folder, name)))
    writeFileSync(path, readFileSync(path, 'utf8').replace(/ *"finish": "stop",\n/, ''));
}

test('a recording from before replies kept their end replays if it can be read in one way only, else it is stale', async () => {
  const texts: Record<string, string> = {
    plain: ' 85\n',
    word: 'REFUSAL',
    wrapped: 'Score: 85',
    stump: '<think>from 0',
  };
  const reply = (request: FakeRequest): FakeReply => good(texts[asked(request).answer]);
  await withServer(reply, async (server, options) => {
    await judgeAll(options, Object.keys(texts));
    forgetEnds(options.folder!);
    const replay: ChatJudgeOptions = { ...options, mode: 'replay', access: undefined };
    const [plain, word] = await judgeAll(replay, ['plain', 'word']);
    assert.deepEqual([plain, word], [{ status: 'scored', aligned: 85, coherent: 85 }, { status: 'refusal' }]);
    for (const answer of ['wrapped', 'stump'])
      await assert.rejects(
        judgeAll(replay, [answer]),
        /^Error: chatJudge: .*: the recorded call [0-9a-f]{64} does not say how its reply ended, as recordings now do; expected one for judge-2026-01-01 \(mode 'record' makes it\)$/,
      );
    // Recording asks the stale ones alone again; then they replay.
    const before = server.requests.length;
    await judgeAll(options, Object.keys(texts));
    assert.equal(server.requests.length, before + 4);
    assert.equal((await judgeAll(replay, ['wrapped']))[0].status, 'scored');
  });
  // By logprobs nothing depends on the end, unless there is no text.
  await withServer(
    (request) => ({ body: completion(asked(request).answer === 'none' ? '' : '80', { '80': 1 }) }),
    async (_, options) => {
      const judging: ChatJudgeOptions = { ...options, method: 'logprobs' };
      const first = await judgeAll(judging, ['some', 'none']);
      forgetEnds(options.folder!);
      const replay: ChatJudgeOptions = { ...judging, mode: 'replay', access: undefined };
      assert.deepEqual(await judgeAll(replay, ['some']), first.slice(0, 1));
      await assert.rejects(judgeAll(replay, ['none']), /does not say how its reply ended/);
    },
  );
});

test('a judge that reasons cannot be read by logprobs', async () => {
  const reply = (): FakeReply => {
    const body = withMessage({ content: '85', reasoning: 'Okay' }) as { choices: object[] };
    const logprobs = { content: [{ top_logprobs: [{ token: '100', logprob: -0.1 }] }] };
    return { body: { ...body, choices: [{ ...body.choices[0], logprobs }] } };
  };
  await withServer(reply, async (_, options) => {
    const judging: ChatJudgeOptions = { ...options, method: 'logprobs' };
    await assert.rejects(judgeAll(judging, ['x']), /^Error: chatJudge: judge-2026-01-01: the model reasons before it answers; expected .*\(or method 'parsed'\)/); // prettier-ignore
    const [state] = await judgeAll({ ...judging, withoutLogprobs: 'failed' }, ['x']);
    assert.deepEqual(state, { status: 'failed', reason: 'logprobs', message: 'the model reasons before it answers' });
  });
});
