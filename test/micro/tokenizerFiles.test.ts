import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { microTokenizerFiles } from 'traitlab/micro/tokenizerFiles';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { loadTokenizer, type Tokenizer } from 'traitlab/tokenizer/tokenizer';
import { golden } from '../helpers/golden';
import { temporaryFolder } from '../helpers/temporaryFolder';

interface Golden {
  texts: { text: string; ids: number[]; decoded: string }[];
  chats: { messages: Message[]; text: string; ids: number[]; prompted: number[] }[];
}
const { texts, chats } = golden<Golden>('micro', 'tokenizer');
let tokenizer: Tokenizer;
before(() => {
  const dir = temporaryFolder();
  for (const [name, text] of Object.entries(microTokenizerFiles())) writeFileSync(join(dir, name), text);
  tokenizer = loadTokenizer(dir);
});

test('texts get the ids of transformers, and are decoded alike', () => {
  for (const { text, ids, decoded } of texts) {
    assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
    assert.equal(tokenizer.decode(ids), decoded, JSON.stringify(text));
  }
});

test('chats are rendered and encoded as by transformers', () => {
  for (const { messages, text, ids, prompted } of chats) {
    assert.equal(tokenizer.renderChat(messages), text);
    assert.deepEqual(tokenizer.encodeChat(messages), ids);
    assert.deepEqual(tokenizer.encodeChat(messages, { addGenerationPrompt: true }), prompted);
  }
});
