import { createHash } from 'node:crypto';
import { chatEndpoint } from '../judge/chatEndpoint';
import type { ChatJudgeOptions } from '../judge/chatJudge';
import { judgeAccess } from '../judge/judgeAccess';
import { readJudgePrompts } from '../judge/judgePrompts';
import type { RubricJudge } from '../judge/rubricJudge';
import { sharedJudges, type SharedJudges } from '../judge/sharedJudges';
import { topicRubric } from '../judge/topicRubric';
import type { SuiteJudge, TraitScore } from './suite';

/** A language model as the judge of a suite: open answers as `chatJudge` does, traits as `rubricJudge`, by one client.
 *
 * Nothing is opened before the first answer, so that a suite is read without a server or key. Its id tells model, method and a hash of
 * prompts, rubrics and parameters, not from where verdicts come: they are the same when they are replayed.
 *
 * @param rubrics  by trait
 */
export function chatSuiteJudge(settings: ChatJudgeOptions, rubrics: Readonly<Record<string, string>>): SuiteJudge {
  const { model, method, prompts, parameters, mode, access } = settings;
  let judges: SharedJudges | undefined;
  const opened = (): SharedJudges => (judges ??= sharedJudges(settings));
  const ofTraits = new Map<string, RubricJudge>();
  const ofTrait = (trait: string): RubricJudge => {
    if (!Object.hasOwn(rubrics, trait))
      throw new Error(`chatSuiteJudge: no rubric of ${trait}; expected one of ${Object.keys(rubrics).join(', ')}`);
    const judge = ofTraits.get(trait) ?? opened().rubric(rubrics[trait]);
    ofTraits.set(trait, judge);
    return judge;
  };
  return {
    id: `${model}, ${method}, ${hashOf([prompts ?? ['of questions', readJudgePrompts()], rubrics, parameters ?? {}])}`,
    answer: (question, answer, options) => opened().answer(question, answer, options),
    behaviour: async (trait, question, answer) => {
      const verdict = await ofTrait(trait)(question, answer);
      if (verdict.status === 'failed') return { reason: verdict.reason, message: verdict.message };
      return verdict.status === 'scored' ? traitScore(verdict.score) : undefined;
    },
    topic: (topic) => opened().rubric(topicRubric(topic)),
    ready: async () => {
      if (mode === 'replay') return;
      const failure = await chatEndpoint(access ?? judgeAccess()).unreachable({ timeoutMs: 20_000 });
      if (failure === undefined) return;
      throw new Error(`chatSuiteJudge: ${failure.message}; expected the server of the judge ${model}, as judge.url or TRAITLAB_JUDGE_URL names it, or judge.mode replay`); // prettier-ignore
    },
  };
}

/** What a rubric's score from 0 to 100 says of a trait: positive from 70, negative up to 30, and the lean (score − 50)/50. */
export function traitScore(score: number): TraitScore {
  return { pole: score >= 70 ? 1 : score <= 30 ? -1 : 0, lean: (score - 50) / 50 };
}

const hashOf = (asked: unknown): string =>
  createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 12);
