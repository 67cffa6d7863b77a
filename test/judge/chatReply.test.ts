import test from 'node:test';
import assert from 'node:assert/strict';
import { isCutOff, parseChatReply, type ChatReply } from 'traitlab/judge/chatReply';

const reply = (message: object, more: object = {}): ChatReply =>
  parseChatReply({
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...more }],
  });
const refusal = (body: unknown): string => {
  try {
    parseChatReply(body);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

test('content is text, nothing, or parts: texts joined, thinking apart', () => {
  const finish = 'stop';
  const whole: readonly (readonly [object, object])[] = [
    [{ content: '85' }, { text: '85', finish }],
    [{ content: null }, { text: '', finish }],
    [{}, { text: '', finish }],
    [{ content: [] }, { text: '', finish }],
    // Mistral's API reference (Magistral): thinking is a list of chunks; a reference says nothing.
    [
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'h' }, { type: 'text', text: 'm' }] }, { type: 'text', text: '8' }, { type: 'reference', reference_ids: [1] }, { type: 'text', text: '5' }] },
      { text: '85', reasoning: 'hm', finish },
    ],
    // Claude behind a gateway; parts as OpenAI's Responses name them; parts that are plain texts.
    [{ content: [{ type: 'thinking', thinking: 'hm', signature: 's' }, { type: 'text', text: '85' }] }, { text: '85', reasoning: 'hm', finish }],
    [{ content: [{ type: 'output_text', text: '85', annotations: [] }] }, { text: '85', finish }],
    [{ content: ['8', '5'] }, { text: '85', finish }],
    [{ content: [{ type: 'refusal', refusal: 'No.' }] }, { text: '', finish, declined: 'No.' }],
    // vLLM, DeepSeek; OpenRouter and newer vLLM; Ollama.
    [{ content: '85', reasoning_content: 'hm' }, { text: '85', reasoning: 'hm', finish }],
    [{ content: '85', reasoning_content: '', reasoning: 'hm' }, { text: '85', reasoning: 'hm', finish }],
    [{ content: '', thinking: 'hm' }, { text: '', reasoning: 'hm', finish }],
    [{ content: '85', reasoning: null, tool_calls: [] }, { text: '85', finish }],
  ]; // prettier-ignore
  for (const [message, expected] of whole) assert.deepEqual(reply(message), expected, JSON.stringify(message));
});

test('why a reply ends is kept; the token limit under all its names is a cut', () => {
  for (const [finish, isCut] of [
    ['length', true],
    ['MAX_TOKENS', true],
    ['model_length', true],
    ['stop', false],
    ['tool_calls', false],
  ] as const) {
    // prettier-ignore
    const read = reply({ content: '85' }, { finish_reason: finish });
    assert.deepEqual([read.finish, isCutOff(read)], [finish, isCut]);
  }
  assert.equal(reply({ content: '85' }, { finish_reason: undefined }).finish, null);
  assert.equal(isCutOff({ text: '85' }), false);
  assert.equal(reply({ content: '' }, { finish_reason: 'content_filter' }).declined, 'content filter');
});

test("the first token's alternatives, as OpenAI writes them and as older servers do", () => {
  const top_logprobs = [{ token: '85', logprob: -0.1 }, { token: '80', logprob: -2 }]; // prettier-ignore
  const content = [{ token: '85', logprob: -0.1, top_logprobs }, { token: '.', logprob: 0, top_logprobs: [] }]; // prettier-ignore
  assert.deepEqual(reply({ content: '85.' }, { logprobs: { content } }).firstToken, top_logprobs);
  const older = { tokens: ['85'], token_logprobs: [-0.1], top_logprobs: [{ '85': -0.1, '80': -2 }] };
  const sorted = [...reply({ content: '85' }, { logprobs: older }).firstToken!].sort((a, b) => b.logprob - a.logprob);
  assert.deepEqual(sorted, top_logprobs);
  for (const logprobs of [null, {}, { content: null }, { content: [] }, { content: [{ token: '85', logprob: 0 }] }])
    assert.equal(reply({ content: '85' }, { logprobs }).firstToken, undefined);
});

test('what is no completion, or was broken off, is refused', () => {
  const unlike = 'no choices[0].message.content; expected a chat completion';
  const message = { content: '8' };
  for (const body of [
    null,
    [],
    'x',
    {},
    { choices: [] },
    { choices: [{}] },
    { choices: [{ message: '85' }] },
    { choices: [{ message: { content: 85 } }] },
    { choices: [{ message: { content: { text: '85' } } }] },
    { choices: [{ message: { content: [{ text: '85' }] } }] },
    { choices: [{ message: { content: [{ type: 'text', text: 85 }] } }] },
  ])
    // prettier-ignore
    assert.equal(refusal(body), unlike, JSON.stringify(body));
  // OpenRouter: an error amid a reply; vLLM: a call given up.
  const broken = 'the server broke its reply off; expected a whole chat completion';
  for (const more of [
    { finish_reason: 'error' },
    { error: { code: 502, message: 'gone' } },
    { finish_reason: 'abort' },
  ])
    assert.equal(refusal({ choices: [{ message, ...more }] }), broken);
  const logprobs = { content: [{ top_logprobs: [{ token: '8', logprob: null }] }] };
  assert.equal(refusal({ choices: [{ message, logprobs }] }), 'a top_logprobs entry without token or logprob; expected a chat completion'); // prettier-ignore
});
