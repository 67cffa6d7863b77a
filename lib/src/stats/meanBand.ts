import { mean } from './mean';

/** A curve with a band, as `lines` takes it. */
export interface MeanBand {
  readonly y: number[];
  readonly low: number[];
  readonly high: number[];
}

/** Means of groups with a band of one standard deviation (n − 1) to both sides; a group of one has none.
 *
 * @param groups  [point value] at least one value each
 * @throws Error naming the first group without a value
 * @source ours
 * @check test/stats/meanBand.test.ts
 */
export function meanBand(groups: readonly (readonly number[])[]): MeanBand {
  const empty = groups.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw new Error(`meanBand: group ${empty} is empty; expected at least one value`);
  const points = groups.map((values) => {
    const centre = mean(values);
    const square = values.reduce((sum, v) => sum + (v - centre) ** 2, 0);
    return { centre, std: values.length < 2 ? 0 : Math.sqrt(square / (values.length - 1)) };
  });
  return {
    y: points.map(({ centre }) => centre),
    low: points.map(({ centre, std }) => centre - std),
    high: points.map(({ centre, std }) => centre + std),
  };
}
