import assert from 'node:assert/strict';

/** Asserts that a check can fail: every rival, a plausible wrong version of what is checked, has to lose it.
 *
 * @param check   asserts something of a candidate
 * @param rivals  wrong candidates, by what is wrong with them
 */
export async function expectToLose<T>(
  check: (candidate: T) => void | Promise<void>,
  rivals: Readonly<Record<string, T>>,
): Promise<void> {
  for (const [name, rival] of Object.entries(rivals))
    await assert.rejects(async () => check(rival), assert.AssertionError, `the check cannot tell ${name}`);
}
