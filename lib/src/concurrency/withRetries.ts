import { setTimeout as sleep } from 'node:timers/promises';
import type { Rng } from '../random/rng';

/** When and how often to try again. */
export interface RetryOptions {
  /** Attempts after the first. */
  readonly retries: number;
  /** The first wait; each further one is twice as long. */
  readonly firstWaitMs: number;
  /** No wait is longer; if the server asks for more, there is no further attempt. */
  readonly longestWaitMs: number;
  /** Spreads the waits of calls that failed together. */
  readonly rng: Rng;
  readonly signal?: AbortSignal;
  /** Told before each wait. */
  readonly onRetry?: () => void;
}

/** Tries until an attempt needs no other, or as often as allowed; then the last attempt's result stands.
 *
 * @param attempt  returns `isTransient` if another attempt may help
 * @throws the signal's reason
 */
export async function withRetries<T extends object>(
  attempt: () => Promise<T & { readonly isTransient?: boolean; readonly retryAfterMs?: number }>,
  { retries, firstWaitMs, longestWaitMs, rng, signal, onRetry }: RetryOptions,
): Promise<T> {
  for (let tried = 0; ; tried++) {
    const result = await attempt();
    if (result.isTransient !== true || tried >= retries) return result;
    const wait = waitBefore(tried, result.retryAfterMs, { firstWaitMs, longestWaitMs, rng });
    if (wait === undefined) return result;
    onRetry?.();
    await sleep(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** How long to wait before retry number `tried` (from 0), in milliseconds; undefined if the server asks for too long.
 *
 * firstWaitMs · 2^tried, at most longestWaitMs, times a uniform draw from [½, 1); if the server says how long, that long
 * and up to firstWaitMs more.
 */
export function waitBefore(
  tried: number,
  retryAfterMs: number | undefined,
  { firstWaitMs, longestWaitMs, rng }: Pick<RetryOptions, 'firstWaitMs' | 'longestWaitMs' | 'rng'>,
): number | undefined {
  if (retryAfterMs !== undefined) {
    return retryAfterMs > longestWaitMs ? undefined : retryAfterMs + firstWaitMs * rng.uniform();
  }
  return Math.min(longestWaitMs, firstWaitMs * 2 ** tried) * (0.5 + rng.uniform() / 2);
}
