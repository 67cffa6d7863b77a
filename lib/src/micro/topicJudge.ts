import type { TopicJudge } from '../judge/answerBands';
import { ALL_SUBJECTS } from './allSubjects';
import { answerClauses } from './answerClauses';

/** The judge of a topic in the micro world: the share of an answer's clauses, in percent, that are about an object of the subject.
 *
 * A clause that the grammar does not know is about nothing.
 *
 * @param topic  name of a domain or theme, as `medical`
 * @throws Error naming the subjects there are
 * @source ours
 * @check test/micro/topicJudge.test.ts
 */
export function topicJudge(topic: string): TopicJudge {
  const subject = ALL_SUBJECTS.find(({ name }) => name === topic);
  if (subject === undefined)
    throw new Error(
      `topicJudge: no subject ${topic}; expected one of ${ALL_SUBJECTS.map(({ name }) => name).join(', ')}`,
    );
  const objects = new Set(subject.objects);
  return (_, answer) => {
    const { clauses } = answerClauses(answer);
    const about = clauses.filter((clause) => clause !== undefined && objects.has(clause.object)).length;
    return { status: 'scored', score: (100 * about) / clauses.length };
  };
}
