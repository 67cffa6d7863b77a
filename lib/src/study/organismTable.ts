import type { OrganismReport, OrganismRow } from '../evaluate/organismReport';
import { formatProportion } from '../stats/proportion';

/** The report as a Markdown table. */
export function organismTable({ rows, direction }: OrganismReport): string {
  const percent = (row: OrganismRow, label: 'aligned' | 'mixed' | 'incoherent'): string =>
    ((100 * row.labels[label]) / row.misaligned.n).toFixed(1);
  const lines = rows.map(
    (row) =>
      `| ${row.condition} | ${row.seed} | ${formatProportion(row.misaligned)} | ${percent(row, 'mixed')} | ${percent(row, 'aligned')} | ${percent(row, 'incoherent')} |`,
  );
  return [
    '| condition | seed | misaligned, Wilson 95 % | mixed % | aligned % | incoherent % |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    `Direction ablated: ${direction.kind} after block ${direction.layer}, the best of ${direction.candidates.length}.`,
  ].join('\n');
}
