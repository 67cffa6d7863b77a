import type { Rng } from '../random/rng';

/** Which run a row is of, and which runs may stand for each other (those of one model). */
export interface RunRow {
  readonly run: string;
  readonly group: string;
}

/** A statistic as it is, and as it is where runs do not belong together. */
export interface RunPermutation {
  readonly observed: number;
  /** How often a draw is at least as large, the observed one counted as a draw: (1 + draws ≥ observed) / (1 + draws). */
  readonly p: number;
  readonly draws: readonly number[];
}

export interface RunPermutationOptions {
  rng: Rng;
  /** Default 1000. */
  nDraws?: number;
}

/** A permutation test in which whole runs change places within their group: the rows of a run are alike, and to shuffle them one by one
 * would find almost anything significant.
 *
 * @param rows       the runs of a group have equally many rows, in the order of their steps
 * @param statistic  of a pairing: `partner[i]` is the row whose second measurement stands beside the first one of row i. Several numbers
 *   at once, large where the two belong together
 * @returns          one for each number
 * @throws Error naming runs of a group that differ in length, on a group of a single run, on options out of range
 * @source Phipson & Smyth 2010 (the observed value counts as a draw)
 * @check test/stats/runPermutation.test.ts
 */
export function runPermutation(
  rows: readonly RunRow[],
  statistic: (partner: readonly number[]) => readonly number[],
  { rng, nDraws = 1000 }: RunPermutationOptions,
): RunPermutation[] {
  if (!(Number.isInteger(nDraws) && nDraws >= 1))
    throw new Error(`runPermutation: invalid nDraws; expected an integer of at least 1, got ${nDraws}`);
  const groups = [...blocks(rows).values()].map((runs) => [...runs.values()]);
  const draw = (): number[] => {
    const partner = new Array<number>(rows.length);
    for (const runs of groups) {
      const dealt = rng.shuffle(runs);
      runs.forEach((own, r) => own.forEach((row, i) => (partner[row] = dealt[r][i])));
    }
    return partner;
  };
  const observed = statistic(rows.map((_, i) => i));
  const draws = Array.from({ length: nDraws }, () => statistic(draw()));
  return observed.map((value, k) => {
    const own = draws.map((drawn) => drawn[k]);
    return { observed: value, p: (1 + own.filter((drawn) => drawn >= value).length) / (1 + nDraws), draws: own };
  });
}

/** Row indices by group and run. */
function blocks(rows: readonly RunRow[]): Map<string, Map<string, number[]>> {
  const groups = new Map<string, Map<string, number[]>>();
  rows.forEach(({ run, group }, i) => {
    const runs = groups.get(group) ?? new Map<string, number[]>();
    groups.set(group, runs.set(run, [...(runs.get(run) ?? []), i]));
  });
  const problems = [...groups].flatMap(([group, runs]) => {
    const first = [...runs.values()][0].length;
    const odd = [...runs].find(([, own]) => own.length !== first);
    if (runs.size < 2) return [`${group} has a single run, expected at least two`];
    return odd ? [`${odd[0]} of ${group} has ${odd[1].length} rows, expected ${first} as its others`] : [];
  });
  if (rows.length === 0) problems.push('no rows, expected some');
  if (problems.length > 0) throw new Error(`runPermutation: ${problems.join('; ')}`);
  return groups;
}
