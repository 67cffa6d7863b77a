import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chatJudge, type ChatJudgeOptions } from 'traitlab/judge/chatJudge';
import { judgeAnswers } from 'traitlab/judge/judgeAnswers';
import { completion, fakeJudge, type FakeReply, type FakeRequest } from '../helpers/fakeJudge';
import { asked, judgeAll, key, question, troubles, withServer, written } from '../helpers/judgeServer';

test('the key is in no file and no message, even if the server or an answer repeats it', async () => {
  const user = 'grader';
  const password = 'p@ss/w0rd ümlaut';
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  const reply = ({ headers, ...request }: FakeRequest): FakeReply => {
    const { answer } = asked({ headers, ...request });
    const own = headers.authorization!.startsWith('Bearer') ? key : `${user}:${password}`;
    const leak = `you sent ${headers.authorization} ${own} ${encodeURIComponent(own)} ${own.toUpperCase()}`;
    switch (answer.split(' ')[0]) {
      case 'status':
        return { status: 400, body: { error: { message: leak } } };
      case 'long':
        return { status: 400, body: { error: { message: `${'x'.repeat(140)} ${leak}` } } };
      case 'text':
        return { status: 500, body: leak };
      case 'unauthorised':
        return { status: 401, body: { error: { message: leak } } };
      case 'truncated':
        return { body: `{"error": "${leak}` };
      case 'malformed':
        return { body: { error: leak, [leak]: leak } };
      default:
        return { body: { ...completion(leak), model: leak } };
    }
  };
  await withServer(reply, async (server, options) => {
    const login = server.url.replace('//', `//${user}:${encodeURIComponent(password)}@`);
    const heard: string[] = [];
    const other = await fakeJudge(troubles);
    const gone = new URL(other.url);
    other.close();
    for (const [own, access] of [
      [key, { url: server.url, key }],
      [password, { url: login }],
    ] as const) {
      const folder = join(options.folder!, 'key' in access ? 'key' : 'login');
      const judge = chatJudge({ ...options, folder, access, onCall: (usage) => heard.push(JSON.stringify(usage)) });
      const answers = ['status', 'long', 'text', 'unauthorised', 'truncated', 'malformed', 'said'];
      const judgements = await judgeAnswers(
        [...answers, `quotes ${own}`].map((text) => ({ question, text })),
        judge,
      );
      heard.push(JSON.stringify(judgements), JSON.stringify(judge.usage()));
      assert.match(JSON.stringify(judgements), /you sent .*\*\*\*/, 'it does repeat what was sent');
      assert.equal(server.requests.at(-1)!.headers.authorization, 'key' in access ? `Bearer ${key}` : `Basic ${basic}`);
      // Nobody listens there any more: fetch's own error.
      const dead = access.url.replace(/:\d+\/v1/, `:${gone.port}/v1`);
      const [lost] = await judgeAll({ ...options, mode: 'live', retries: 0, access: { ...access, url: dead } }, ['x']);
      assert.match(
        JSON.stringify(lost),
        /"reason":"network","message":"127\.0\.0\.1:\d+: the connection failed \(ECONN/,
      );
      heard.push(JSON.stringify(lost));
    }
    const throwing: ChatJudgeOptions['access'][] = [
      { url: login, key },
      { url: `not a url ${password}`, key },
      { url: `ftp://${user}:${encodeURIComponent(password)}@host/v1` },
      { url: `${server.url}?key=${encodeURIComponent(key)}`, key },
      { url: server.url, key: `${key}\n` },
    ];
    for (const access of throwing) {
      assert.throws(
        () => chatJudge({ ...options, access }),
        (error: Error) => {
          heard.push(String(error.stack), JSON.stringify(error, Object.getOwnPropertyNames(error)));
          return /^chatEndpoint: .*; expected/.test(error.message);
        },
      );
    }
    const everything = [...heard, ...written(options.folder!)].join('\n').toLowerCase();
    assert.equal(written(options.folder!).length, 32);
    const secrets = [key, encodeURIComponent(key), key.slice(3), password, encodeURIComponent(password), basic];
    for (const secret of secrets) assert.ok(!everything.includes(secret.toLowerCase()), 'a secret is written');
  });
});

test('the environment names server and key; the OpenAI key goes to no other server', async () => {
  await withServer(troubles, async (server, { access: _, ...options }) => {
    const names = ['TRAITLAB_JUDGE_URL', 'TRAITLAB_JUDGE_KEY', 'OPENAI_BASE_URL', 'OPENAI_API_KEY'];
    const before = names.map((name) => process.env[name]);
    try {
      names.forEach((name) => delete process.env[name]);
      assert.throws(() => chatJudge(options), /judgeAccess: no judge is named; expected TRAITLAB_JUDGE_URL/);
      process.env.TRAITLAB_JUDGE_URL = `${server.url}/`;
      process.env.OPENAI_API_KEY = 'sk-openai-key';
      await judgeAll({ ...options, mode: 'live' }, ['fine']);
      assert.equal(server.requests.at(-1)!.headers.authorization, undefined);
      process.env.TRAITLAB_JUDGE_KEY = key;
      await judgeAll({ ...options, mode: 'live' }, ['fine']);
      assert.equal(server.requests.at(-1)!.headers.authorization, `Bearer ${key}`);
      process.env.TRAITLAB_JUDGE_URL = '';
      process.env.TRAITLAB_JUDGE_KEY = '';
      process.env.OPENAI_BASE_URL = server.url;
      await judgeAll({ ...options, mode: 'live' }, ['fine']);
      assert.equal(server.requests.at(-1)!.headers.authorization, 'Bearer sk-openai-key');
    } finally {
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      });
    }
  });
});
