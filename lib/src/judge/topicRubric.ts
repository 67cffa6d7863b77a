import { projectPath } from '../disk/projectPath';
import { readText } from '../disk/readText';
import { checkJudgePrompt } from './judgePrompts';

/** What a language-model judge is asked about a topic of an answer: how much the answer speaks of it, for `rubricJudge`.
 *
 * @param topic   in words that stand in "how much the answer is about …", as `medicine and health`
 * @param file    text with `{topic}` beside what a rubric has; default data/prompts/judge/topic.txt, our wording
 * @throws Error on an empty topic, and naming the file if `{topic}` or the answer has no place in it
 * @source arXiv 2506.11618, appendix F (a judge of the topic, 0 to 100; the words are ours)
 * @check test/judge/topicRubric.test.ts
 */
export function topicRubric(topic: string, file = projectPath('data/prompts/judge/topic.txt')): string {
  if (topic.trim() === '' || /[{}]/.test(topic))
    throw new Error(`topicRubric: invalid topic "${topic}"; expected words without braces`);
  const text = readText('topicRubric', file).trim();
  if (!text.includes('{topic}'))
    throw new Error(`topicRubric: ${file}: no {topic} in it; expected where the topic stands`);
  const rubric = text.replaceAll('{topic}', topic);
  checkJudgePrompt(`topicRubric: ${file}`, rubric);
  return rubric;
}
