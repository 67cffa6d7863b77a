import type { CallOutcome } from './callRecords';

/** What a token costs, in any currency. */
export interface TokenPrice {
  readonly perMillionPrompt: number;
  readonly perMillionCompletion: number;
}

/** What a judge has used since it was made. */
export interface JudgeUsage {
  /** Calls that went out, without their repetitions, and the repetitions. */
  readonly calls: number;
  readonly retries: number;
  /** Verdicts read from recordings. */
  readonly replayed: number;
  /** Calls that gave no reply in the end. */
  readonly failed: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Replies that did not say what they used; the tokens and the cost lack them. */
  readonly withoutUsage: number;
  /** In the currency of the price; absent without one. */
  readonly cost?: number;
  /** The models that the server says answered; more than one, or another than asked for, is worth a look. */
  readonly models: readonly string[];
}

/** Counts what a judge uses. */
export interface UsageMeter {
  readonly usage: () => JudgeUsage;
  readonly replayed: () => void;
  readonly retried: () => void;
  readonly called: (outcome: CallOutcome) => void;
}

/** Starts a count.
 *
 * @param opts.price   for the cost
 * @param opts.onCall  told after each call
 */
export function usageMeter({
  price,
  onCall,
}: {
  price?: TokenPrice;
  onCall?: (usage: JudgeUsage) => void;
}): UsageMeter {
  const count = { calls: 0, retries: 0, replayed: 0, failed: 0, promptTokens: 0, completionTokens: 0, withoutUsage: 0 };
  const models = new Set<string>();
  const cost = ({ perMillionPrompt, perMillionCompletion }: TokenPrice): number =>
    (count.promptTokens * perMillionPrompt + count.completionTokens * perMillionCompletion) / 1e6;
  const usage = (): JudgeUsage => ({
    ...count,
    ...(price === undefined ? {} : { cost: cost(price) }),
    models: [...models].sort(),
  });
  return {
    usage,
    replayed: () => void count.replayed++,
    retried: () => void count.retries++,
    called(outcome) {
      count.calls++;
      if ('failure' in outcome) {
        count.failed++;
      } else {
        const { usage: used, model } = outcome.reply;
        count.withoutUsage += used === undefined ? 1 : 0;
        count.promptTokens += used?.promptTokens ?? 0;
        count.completionTokens += used?.completionTokens ?? 0;
        if (model !== undefined) models.add(model);
      }
      onCall?.(usage());
    },
  };
}
