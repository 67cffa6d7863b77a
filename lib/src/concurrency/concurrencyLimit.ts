/** Makes a function that runs tasks, at most `most` at a time, the others in the order they came.
 *
 * @throws Error if most is not an integer of at least 1
 */
export function concurrencyLimit(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new Error(`concurrencyLimit: invalid limit; expected an integer of at least 1, got ${most}`);
  }
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= most) await new Promise<void>((start) => waiting.push(start));
    else running++;
    try {
      return await task();
    } finally {
      // The place goes to the next one, or becomes free.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
