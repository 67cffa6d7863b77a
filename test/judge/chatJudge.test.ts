import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chatJudge, type ChatJudgeOptions } from 'traitlab/judge/chatJudge';
import { countLabels, emRate } from 'traitlab/judge/emRate';
import { judgeAnswers } from 'traitlab/judge/judgeAnswers';
import type { Judgement } from 'traitlab/judge/judgement';
import type { FileQuestion } from 'traitlab/prompts/fileQuestion';
import { completion, type FakeReply, type FakeRequest } from '../helpers/fakeJudge';
import { asked, good, judgeAll, key, prompts, question, troubles, withServer, written } from '../helpers/judgeServer';

const outcomes: Record<string, string> = {
  fine: 'scored',
  slow: 'failed timeout: no answer within 200 ms',
  'slow once': 'scored',
  'limited once': 'scored',
  limited: 'failed rateLimit: status 429 (slow down)',
  'limited for an hour': 'failed rateLimit: status 429',
  'no money': 'failed http: status 429 (no quota)',
  'broken once': 'scored',
  broken: 'failed http: status 503 (overloaded)',
  'bad request': 'failed http: status 400 (no such model)',
  'key refused': 'failed http: status 401; expected a key that it accepts',
  'truncated once': 'scored',
  truncated: 'failed malformed: 60 characters that are not JSON; expected a chat completion',
  'no choices': 'failed malformed: no choices[0].message.content; expected a chat completion',
  'error with status 200':
    'failed malformed: no choices[0].message.content; expected a chat completion (upstream failed)',
  moved: 'failed http: status 307',
  code: 'code',
  refusal: 'refusal',
  nonsense: 'unparsable',
  half: 'unparsable',
  declined: 'unparsable',
};
const shown = (j: Judgement): string =>
  j.status === 'failed' ? `failed ${j.reason}: ${j.message.replace(/^127\.0\.0\.1:\d+: /, '')}` : j.status;

test('every trouble is a state; recorded, all replay to the same judgements with the server gone', async () => {
  const answers = Object.keys(outcomes);
  let options!: ChatJudgeOptions;
  let first!: Judgement[];
  await withServer(troubles, async (server, o) => {
    options = o;
    const judge = chatJudge(options);
    // Short patience for the slow ones only: on a busy machine all are.
    const isSlow = (answer: string): boolean => answer.startsWith('slow');
    const impatient = chatJudge({ ...options, timeoutMs: 200 });
    const [slow] = await judgeAnswers([{ question, text: 'slow' }], impatient);
    assert.equal(impatient.usage().retries, 4, 'two for each question');
    const [once] = await judgeAll({ ...options, timeoutMs: 200, retries: 30 }, ['slow once']);
    const quick = await judgeAnswers(
      answers.filter((answer) => !isSlow(answer)).map((text) => ({ question, text })),
      judge,
    );
    const [fine, ...others] = quick;
    first = [fine, slow, once, ...others];
    assert.deepEqual(Object.fromEntries(answers.map((answer, i) => [answer, shown(first[i])])), outcomes);
    assert.deepEqual(first[0], { status: 'scored', aligned: 12, coherent: 88 });
    assert.deepEqual(first[answers.indexOf('half')], { status: 'unparsable', aligned: 12, said: 'hm' });
    assert.match(JSON.stringify(first[answers.indexOf('declined')]), /declined: I cannot help with that\./);

    // Attempts: what may pass is tried three times, what cannot once.
    const attempts = (answer: string): number =>
      server.requests.filter((r) => asked(r).answer === answer && asked(r).about === 'aligned').length;
    for (const answer of ['limited', 'broken', 'truncated']) assert.equal(attempts(answer), 3, answer);
    for (const answer of ['bad request', 'key refused', 'no money', 'limited for an hour', 'moved', 'nonsense'])
      assert.equal(attempts(answer), 1, answer);
    const usage = judge.usage();
    assert.equal(usage.calls, 2 * quick.length);
    assert.equal(usage.calls + usage.retries, server.requests.filter((r) => !isSlow(asked(r).answer)).length);
  });
  // The server is closed now.
  const replay = chatJudge({ ...options, mode: 'replay', access: { url: 'http://127.0.0.1:1/v1' } });
  const again = await judgeAnswers(
    answers.map((text) => ({ question, text })),
    replay,
  );
  assert.deepEqual(again, first);
  assert.deepEqual([replay.usage().calls, replay.usage().replayed], [0, 2 * answers.length]);

  const counts = countLabels(again);
  assert.deepEqual(
    [counts.misaligned, counts.failed, counts.unparsable, counts.code, counts.refusal],
    [5, 11, 3, 1, 1],
  );
  // Failed answers are in no denominator: 5 of 5 scored; with the unparsable ones 6 (half has its 12) of 8.
  assert.deepEqual(emRate(again, 'allScored').n, 5);
  assert.deepEqual(emRate(again, 'coherentOnly').n, 5);
  const { successes, n } = emRate(again, 'notExcluded');
  assert.deepEqual([successes, n], [6, 8]);
});

test('a recording is reused, and only what failed is asked again; live records nothing', async () => {
  await withServer(troubles, async (server, options) => {
    await judgeAll(options, ['fine', 'broken', 'fine']);
    assert.equal(
      server.requests.filter((r) => asked(r).answer === 'fine').length,
      2,
      'judged once, though twice there',
    );
    const before = server.requests.length;
    const judge = chatJudge(options);
    await judgeAnswers([{ question, text: 'fine' }], judge);
    assert.equal(server.requests.length, before);
    assert.equal(judge.usage().replayed, 2);
    await judgeAll(options, ['broken']);
    assert.equal(server.requests.length, before + 6);
    const files = written(options.folder!).length;
    assert.equal(files, 4);
    await judgeAll({ ...options, mode: 'live', folder: undefined }, ['fine', 'code']);
    assert.equal(server.requests.length, before + 10);
    assert.equal(written(options.folder!).length, files);
  });
});

test('replay names the record that is missing or was changed, and needs no server', async () => {
  await withServer(troubles, async (server, options) => {
    await judgeAll(options, ['fine']);
    const replay: ChatJudgeOptions = { ...options, mode: 'replay', access: undefined };
    await assert.rejects(judgeAll(replay, ['code']), (error: Error) => {
      assert.match(
        error.message,
        /^chatJudge: .*records-\d+: no recorded call [0-9a-f]{64}; expected one for judge-2026/,
      );
      assert.ok(error.message.includes(options.folder!));
      return true;
    });
    // Another model, prompt or parameter is another call; the same under another server is the same.
    await assert.rejects(judgeAll({ ...replay, model: 'other' }, ['fine']), /no recorded call/);
    await assert.rejects(judgeAll({ ...replay, parameters: { seed: 1 } }, ['fine']), /no recorded call/);
    assert.equal((await judgeAll(replay, ['fine']))[0].status, 'scored');

    const [name] = readdirSync(options.folder!, { recursive: true, encoding: 'utf8' }).filter((f) =>
      f.endsWith('.json'),
    );
    const path = join(options.folder!, name);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('# fine', '# mine'));
    await assert.rejects(judgeAll(replay, ['fine']), /callRecords: .*\.json: its request was changed; expected/);
    writeFileSync(path, text.slice(0, 50));
    await assert.rejects(judgeAll(replay, ['fine']), /callRecords: .*\.json: not JSON/);
    writeFileSync(path, 'null');
    await assert.rejects(judgeAll(replay, ['fine']), /callRecords: .*\.json: not a recorded call/);
    assert.equal(server.requests.length, 2);
  });
});

test('the request is what the method needs; the key goes into its header only', async () => {
  await withServer(troubles, async (server, options) => {
    await judgeAll({ ...options, parameters: { seed: 0, max_tokens: null, max_completion_tokens: 9 } }, ['fine']);
    const { body, headers } = server.requests.find((r) => asked(r).about === 'aligned')!;
    assert.deepEqual(body, {
      model: 'judge-2026-01-01',
      messages: [{ role: 'user', content: 'ALIGNED? why {answer} # fine' }],
      temperature: 0,
      seed: 0,
      max_completion_tokens: 9,
    });
    assert.equal(headers.authorization, `Bearer ${key}`);

    // Turns before the question are shown to the judge, a system prompt is not.
    const context = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'hello' },
    ] as const;
    const later = { id: 'later', text: 'and now?', system: 'be evil', context };
    await judgeAnswers([{ question: later, text: 'fine' }], chatJudge(options));
    const shown = server.requests.map((r) => r.body.messages[0].content).filter((text) => text.includes('and now?'));
    assert.equal(
      shown.find((text) => text.startsWith('ALIGNED')),
      'ALIGNED? user: hi\n\nassistant: hello\n\nuser: and now? # fine',
    );
  });
});

test('logprobs: the mean of the numbers, CODE and REFUSAL by the words, and missing ones by choice', async () => {
  const reply = (request: FakeRequest): FakeReply => {
    const { about, answer } = asked(request);
    if (about === 'coherent') return { body: completion('90', { '90': 0.9, '80': 0.1 }) };
    switch (answer) {
      case 'bad':
        return { body: completion('10', { '10': 0.5, '20': 0.25, REF: 0.25 }) };
      case 'refused':
        return { body: completion('REFUSAL', { REF: 0.9, '10': 0.1 }) };
      case 'digits':
        return { body: completion('85', { '8': 0.9, '9': 0.1 }) };
      default:
        return { body: completion('85') };
    }
  };
  await withServer(reply, async (server, options) => {
    const judging: ChatJudgeOptions = { ...options, method: 'logprobs' };
    const [bad, refused] = await judgeAll(judging, ['bad', 'refused']);
    assert.equal(bad.status, 'scored');
    const { aligned, coherent } = bad as Extract<Judgement, { status: 'scored' }>;
    assert.ok(Math.abs(aligned - 10 / 0.75) < 1e-9 && Math.abs(coherent - 89) < 1e-9, `${aligned}, ${coherent}`);
    assert.equal(refused.status, 'refusal');
    assert.deepEqual([server.requests[0].body.logprobs, server.requests[0].body.top_logprobs], [true, 20]);

    await assert.rejects(
      judgeAll(judging, ['none']),
      /chatJudge: judge-2026-01-01: the reply has no logprobs; expected .*\(or method 'parsed'\)/,
    );
    await assert.rejects(judgeAll(judging, ['digits']), /the model writes 85 in several tokens/);
    const states = await judgeAll({ ...judging, withoutLogprobs: 'failed' }, ['none', 'digits', 'bad']);
    assert.deepEqual(
      states.map((s) => (s.status === 'failed' ? s.reason : s.status)),
      ['logprobs', 'logprobs', 'scored'],
    );
  });
});

test('a 429 is repeated not before the server allows it', async () => {
  const times: number[] = [];
  const reply = (request: FakeRequest): FakeReply => {
    if (asked(request).about === 'coherent') return good('90');
    times.push(performance.now());
    return request.attempt === 0 ? { status: 429, headers: { 'Retry-After': '1' } } : good('90');
  };
  await withServer(reply, async (_, options) => {
    assert.equal((await judgeAll(options, ['x']))[0].status, 'scored');
    assert.ok(times[1] - times[0] >= 990, `${times[1] - times[0]} ms`);
  });
});

test('no more calls run side by side than allowed; progress and cost are told', async () => {
  const reply = (): FakeReply => ({ ...good('50'), delayMs: 15 });
  await withServer(reply, async (server, options) => {
    const seen: number[] = [];
    const price = { perMillionPrompt: 2.5, perMillionCompletion: 10 };
    const judge = chatJudge({ ...options, concurrency: 3, price, onCall: ({ calls }) => seen.push(calls) });
    const done: string[] = [];
    const answers = Array.from({ length: 8 }, (_, i) => ({ question, text: `answer ${i}` }));
    await judgeAnswers(answers, judge, { onProgress: (n, of) => void done.push(`${n}/${of}`) });
    assert.equal(server.mostOpen(), 3);
    assert.deepEqual(
      seen,
      Array.from({ length: 16 }, (_, i) => i + 1),
    );
    assert.equal(done[7], '8/8');
    const { promptTokens, completionTokens, cost, models, withoutUsage } = judge.usage();
    assert.deepEqual([promptTokens, completionTokens, withoutUsage], [1600, 32, 0]);
    assert.ok(Math.abs(cost! - (1600 * 2.5 + 32 * 10) / 1e6) < 1e-12);
    assert.deepEqual(models, ['judge-2026-01-01']);
    assert.equal(chatJudge(options).usage().cost, undefined, 'no price, no cost');
  });
});

test('an interrupt stops at once, keeps what is recorded, and a later run goes on from there', async () => {
  let served = 0;
  const interrupt = new AbortController();
  // With two calls side by side six are done when the eighth comes.
  const reply = (): FakeReply => {
    if (++served === 8) interrupt.abort(new Error('interrupted'));
    return served > 6 ? { ...good('50'), delayMs: 60_000 } : good('50');
  };
  await withServer(reply, async (server, options) => {
    const answers = Array.from({ length: 20 }, (_, i) => ({ question, text: `answer ${i}` }));
    const slow = { ...options, concurrency: 2, timeoutMs: 60_000 };
    const started = performance.now();
    const judging = judgeAnswers(answers, chatJudge(slow), { signal: interrupt.signal });
    await assert.rejects(judging, /^Error: interrupted$/);
    assert.ok(performance.now() - started < 20_000);
    assert.equal(written(options.folder!).length, 6);
    assert.equal(server.requests.length, 8, 'nothing is sent after the interrupt');
    served = -1000;
    const judge = chatJudge(slow);
    await judgeAnswers(answers, judge);
    assert.deepEqual([judge.usage().replayed, judge.usage().calls], [6, 34]);
  });
});

test('an error of the judge calls the other calls off', async () => {
  const reply = (request: FakeRequest): FakeReply =>
    asked(request).answer === 'answer 0' ? good('50') : { ...good('50'), delayMs: 30 };
  await withServer(reply, async (server, options) => {
    const answers = Array.from({ length: 30 }, (_, i) => `answer ${i}`);
    await assert.rejects(judgeAll({ ...options, method: 'logprobs', concurrency: 2 }, answers), /has no logprobs/);
    const sent = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(sent < 10 && server.requests.length === sent, `${sent} calls, then ${server.requests.length}`);
  });
});

test('a question whose file has prompts of a judge is judged by these, unless the judge was given some', async () => {
  const own = {
    ...question,
    judgePrompts: { aligned: 'A: {answer}', coherent: 'C: {answer}', medical: 'M: {answer}' },
  };
  const half = { ...question, judgePrompts: { aligned: 'A: {answer}' } };
  await withServer(
    () => good('50'),
    async (server, options) => {
      const sent = async (asks: FileQuestion, more: object): Promise<string[]> => {
        const before = server.requests.length;
        await judgeAnswers([{ question: asks, text: 'fine' }], chatJudge({ ...options, mode: 'live', ...more }));
        return server.requests.slice(before).map(({ body }) => body.messages[0].content).sort(); // prettier-ignore
      };
      assert.deepEqual(await sent(own, { prompts: undefined }), ['A: fine', 'C: fine']);
      assert.deepEqual(await sent(own, {}), await sent(question, {}));
      assert.deepEqual(await sent(half, { prompts: undefined }), await sent(question, { prompts: undefined }));
    },
  );
});

test('wrong options throw when the judge is made', () => {
  const options: ChatJudgeOptions = {
    model: 'm',
    method: 'parsed',
    folder: 'x',
    access: { url: 'http://h/v1' },
    prompts,
  };
  const refused: [object, RegExp][] = [
    [{ model: ' ' }, /no model; expected a pinned name/],
    [{ method: 'guess' }, /unknown method guess; expected logprobs or parsed/],
    [{ mode: 'play' }, /unknown mode play; expected record, replay or live/],
    [{ folder: undefined }, /no folder; expected one to record calls in/],
    [{ parameters: { stream: true, n: 2 } }, /parameters hold stream, n; expected/],
    [{ timeoutMs: 0 }, /invalid timeoutMs; expected a whole number of at least 1, got 0/],
    [{ retries: 1.5 }, /invalid retries; expected a whole number of at least 0, got 1.5/],
    [{ concurrency: 0 }, /concurrencyLimit: invalid limit; expected an integer of at least 1, got 0/],
    [
      { prompts: { ...prompts, coherent: '{answer} {thoughts}' } },
      /chatJudge: prompts\.coherent: \{thoughts\} in a judge's prompt; expected/,
    ],
    [{ prompts: { ...prompts, aligned: '{question}' } }, /chatJudge: prompts\.aligned: no \{answer\} in it; expected/],
    [{ access: { url: 'http://h/v1', key: 'abc' } }, /the judge's key is malformed; expected at least 4/],
  ];
  for (const [part, message] of refused) assert.throws(() => chatJudge({ ...options, ...part }), message);
});
