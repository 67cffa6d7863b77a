import type { ConvergentGrid, Suite } from './suite';

/** What a grid says where its suite does not.
 *
 * Coefficients: ours, closer together where organisms and small models break; the published grid is not known.
 *
 * @source arXiv 2506.11618, sections 2, 4.2 and 4.3 (adapters, 100 fits, factors 20 and 30); arXiv 2506.11613, section 4 (scales)
 */
const DEFAULTS = {
  methods: ['nineRank1', 'oneRank1', 'rank32', 'full'],
  sources: ['rank32', 'nineRank1'],
  coefficients: [0.5, 1, 1.5, 2, 3, 4, 6, 8],
  nRandom: 1,
  factors: [2, 5, 10, 20, 30],
  scales: [1, 5, 10, 20],
  nScaled: 8,
  nFits: 100,
  nDraws: 100,
} as const satisfies Partial<ConvergentGrid>;

/** The finetunes of a suite whose directions and adapters are looked into: as the suite says, else all its data sets that are dangerous, with up to two
 * benign ones as controls.
 *
 * @throws Error listing what does not fit: no dangerous data set, a source that is no method
 * @check test/suite/convergentGrid.test.ts
 */
export function convergentGrid({
  name,
  dataSets,
  protocol,
  study,
}: Pick<Suite, 'name' | 'dataSets' | 'protocol' | 'study'>): ConvergentGrid {
  const of = (kind: string): string[] => dataSets.filter((set) => set.kind === kind).map((set) => set.name);
  const given = study.convergent ?? {};
  const methods = given.methods ?? DEFAULTS.methods;
  const grid: ConvergentGrid = {
    ...DEFAULTS,
    dataSets: of('dangerous'),
    controls: of('benign').slice(0, 2),
    seeds: study.seeds,
    nPerQuestion: protocol.finalAnswers,
    ...given,
    sources: given.sources ?? DEFAULTS.sources.filter((method) => (methods as readonly string[]).includes(method)),
  };
  const problems: string[] = [];
  if (grid.dataSets.length === 0) problems.push('no data set; expected one that is dangerous');
  const odd = grid.sources.filter((method) => !grid.methods.includes(method));
  if (odd.length > 0 || grid.sources.length === 0)
    problems.push(`sources ${odd.join(', ') || 'none'}; expected some of the methods ${grid.methods.join(', ')}`);
  if (problems.length > 0) throw new Error(`convergentGrid: suite ${name}: ${problems.join('; ')}`);
  return grid;
}
