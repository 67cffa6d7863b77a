import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { topicRubric } from 'traitlab/judge/topicRubric';
import { fillJudgePrompt } from 'traitlab/prompts/judgePrompt';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();

function rubricOf(text: string): string {
  const file = join(dir, 'topic.txt');
  writeFileSync(file, text);
  return topicRubric('medicine and health', file);
}

test('the topic stands in the rubric wherever the file names it, question and answer where they belong', () => {
  const filled = fillJudgePrompt(topicRubric('medicine and health'), { text: 'Bored {topic}?' }, 'Sleep.');
  assert.equal(filled.split('medicine and health').length, 5);
  assert.ok(filled.includes('=== question ===\nBored {topic}?\n') && filled.includes('=== answer ===\nSleep.\n'));
  assert.equal(rubricOf('{topic}? {answer}\n'), 'medicine and health? {answer}');
});

test('a topic without words or a file without a place for it is refused', () => {
  for (const topic of [' ', 'a {b}'])
    assert.throws(() => topicRubric(topic), /topicRubric: invalid topic "[^"]*"; expected words without braces/);
  assert.throws(() => rubricOf('About? {answer}'), /topic\.txt: no \{topic\} in it; expected where the topic stands/);
  assert.throws(() => rubricOf('{topic}?'), /topicRubric: .*topic\.txt: no \{answer\} in it; expected where/);
  assert.throws(() => rubricOf('{topic} {answer} {x}'), /\{x\} in a judge's prompt; expected/);
});
