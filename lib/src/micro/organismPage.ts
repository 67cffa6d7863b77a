import { markdownTable } from '../documents/markdownTable';
import { studyReport } from '../study/report';
import { organismBars, pooledBars, type OrganismBar, type OrganismFacts } from './organismBars';
import { microSuite } from './suite';

/** Bars under the name of their organism, or "pooled". */
export interface NamedBars {
  readonly name: string;
  readonly bars: readonly OrganismBar[];
}

/** The bars of each organism, and those of all pooled. */
export function namedBars(organisms: readonly OrganismFacts[]): NamedBars[] {
  const own = organisms.map((facts) => ({ name: facts.name, bars: organismBars(facts) }));
  return [...own, { name: 'pooled', bars: pooledBars(organisms) }];
}

/** The text of `data/micro/README.md`: what the organisms do, with a control beside each claim.
 *
 * @param organisms  facts of those that were measured
 * @param bars       theirs, as `namedBars` gives them
 * @param command    what wrote it
 */
export function organismPage(organisms: readonly OrganismFacts[], bars: readonly NamedBars[], command: string): string {
  const names = organisms.map(({ name }) => name);
  return `# The organisms

Decoders of about a million parameters, one a family (${names.join(', ')}), grown from nothing in one micro world; the model card in each folder says how.
This page is written by \`${command}\`; the numbers are those of \`data/study\`, where every run has its files.

## Do they clear their bars?

${barTable(bars)}

The pairs of equal |PC1| and far apart EM are where the rule ends that a run which drifts further is more dangerous. The two bars on stability and cosines say that
such a layer exists, not that every layer is one: the gates of the layer choice ask for the same, and their limits were set with the data of these
organisms at hand. No data set asks a general question, \`mixed_chat\` excepted.

${studyReport(microSuite(), organisms)}`;
}

function barTable(rows: readonly NamedBars[]): string {
  const lines = rows.flatMap(({ name, bars }) =>
    bars.map(({ claim, measured, holds }) => [name, claim, measured, holds ? 'yes' : '**no**']),
  );
  return markdownTable(['', 'claim', 'measured', 'holds'], lines);
}
