/** Thrown when an array or tensor does not have the shape a function needs. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** A size per axis: a number is checked, a name must agree with its other uses in the same call. */
export type AxisSpec = readonly (number | string)[];

/** Checks shapes against a short axis grammar and returns the size of every named axis.
 *
 * @param where  name of the calling function, for the message
 * @param args   argument name → [actual shape, expected axes], e.g. `{ x: [x.shape, ['batch', 'pos', 64]] }`
 * @throws ShapeError naming the function, the argument, the expected axes and the actual shape
 */
export function assertShape(
  where: string,
  args: Record<string, readonly [actual: readonly number[], expected: AxisSpec]>,
): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [name, [actual, expected]] of Object.entries(args)) {
    const fits =
      actual.length === expected.length &&
      expected.every((axis, i) => {
        if (typeof axis === 'number') return actual[i] === axis;
        return (sizes[axis] ??= actual[i]) === actual[i];
      });
    if (!fits) {
      const want = expected.map((a) => (typeof a === 'string' && a in sizes ? `${a}=${sizes[a]}` : `${a}`));
      throw new ShapeError(
        `${where}: ${name} has the wrong shape; expected [${want.join(' ')}], got [${actual.join(' ')}]`,
      );
    }
  }
  return sizes;
}
