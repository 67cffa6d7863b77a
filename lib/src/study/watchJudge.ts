import type { Judge, JudgeProblem } from '../judge/judgement';
import type { Suite } from '../suite/suite';

/** A suite whose judge is counted. */
export interface WatchedSuite {
  readonly suite: Suite;
  /** Throws if the judge failed on more than a tenth of the answers so far. */
  readonly check: () => void;
}

/** Counts the answers on which a suite's judge fails, so that a result is not written while its server is out of reach: such answers count
 * nowhere, and a result that is there is not computed again. Verdicts that were recorded are not asked for a second time. */
export function watchJudge(suite: Suite): WatchedSuite {
  let asked = 0;
  const failures: JudgeProblem[] = [];
  const { answer, graded, behaviour } = suite.judge;
  const counted =
    (judgeOf: Judge): Judge =>
    async (...call) => {
      const judgement = await judgeOf(...call);
      asked++;
      if (judgement.status === 'failed') failures.push(judgement);
      return judgement;
    };
  const judge: Suite['judge'] = {
    ...suite.judge,
    answer: counted(answer),
    ...(graded !== undefined && { graded: counted(graded) }),
    behaviour: async (...call) => {
      const verdict = await behaviour(...call);
      asked++;
      if (verdict !== undefined && 'reason' in verdict) failures.push(verdict);
      return verdict;
    },
  };
  return {
    suite: { ...suite, judge },
    check: () => {
      if (failures.length <= asked / 10) return;
      const { reason, message } = failures[0];
      throw new Error(
        `study: the judge failed on ${failures.length} of ${asked} answers (first ${reason}: ${message}); expected at most a tenth, when its server answers again`,
      );
    },
  };
}
