import { displayBundle } from './displayBundle';
import { escapeHtml } from './escapeHtml';

/** One cell: numbers are shown with `digits` significant digits, null and undefined as an empty cell. */
export type CellValue = string | number | boolean | null | undefined;
/** A row as an object; the keys of all rows become the columns, in order of first appearance. */
export type Row = Readonly<Record<string, CellValue>>;
/** The part of a danfojs DataFrame that a table needs. */
export interface FrameLike {
  readonly columns: readonly (string | number)[];
  readonly values: unknown;
}

/** How a table is shown. */
export interface TableOptions {
  /** Printed above the table. */
  caption?: string;
  /** Significant digits of numbers that are not integers, default 3. */
  digits?: number;
  /** At most so many rows, default 30; the rest is counted in a last line. */
  maxRows?: number;
}

/** Shows rows as a table (HTML and plain text in one message).
 *
 * @param rows  objects, or a danfojs DataFrame
 * @throws Error if there is no column
 */
export function table(rows: readonly Row[] | FrameLike, options: TableOptions = {}): void {
  displayBundle(tableBundle(rows, options));
}

/** The two representations that `table` shows. */
export function tableBundle(
  rows: readonly Row[] | FrameLike,
  { caption, digits = 3, maxRows = 30 }: TableOptions = {},
): { 'text/html': string; 'text/plain': string } {
  const { columns, cells } = toCells(rows);
  if (columns.length === 0) throw new Error('table: no columns; expected at least one row with one value');
  const isNumber = columns.map((_, c) => cells.every((row) => row[c] == null || typeof row[c] === 'number'));
  const text = cells.slice(0, maxRows).map((row) => row.map((value) => formatCell(value, digits)));
  const more = cells.length > maxRows ? `… and ${cells.length - maxRows} more rows` : '';
  const tag = (name: 'td' | 'th', value: string, c: number): string =>
    `<${name} style="text-align:${isNumber[c] ? 'right' : 'left'}">${escapeHtml(value)}</${name}>`;
  const html = [
    '<table>',
    caption ? `<caption>${escapeHtml(caption)}</caption>` : '',
    `<thead><tr>${columns.map((name, c) => tag('th', name, c)).join('')}</tr></thead>`,
    `<tbody>${text.map((row) => `<tr>${row.map((v, c) => tag('td', v, c)).join('')}</tr>`).join('\n')}</tbody>`,
    '</table>',
    more ? `<p>${more}</p>` : '',
  ];
  return {
    'text/html': html.filter(Boolean).join('\n'),
    'text/plain': plainTable(columns, text, isNumber, caption, more),
  };
}

function toCells(rows: readonly Row[] | FrameLike): { columns: string[]; cells: CellValue[][] } {
  if ('columns' in rows) return { columns: rows.columns.map(String), cells: rows.values as CellValue[][] };
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, cells: rows.map((row) => columns.map((name) => row[name])) };
}

function formatCell(value: CellValue, digits: number): string {
  if (value == null) return '';
  if (typeof value !== 'number' || Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return value.toExponential(digits - 1);
  return value.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
}

function plainTable(columns: string[], text: string[][], isNumber: boolean[], caption = '', more = ''): string {
  const width = columns.map((name, c) => Math.max(name.length, ...text.map((row) => row[c].length)));
  const line = (row: string[]): string =>
    row
      .map((v, c) => (isNumber[c] ? v.padStart(width[c]) : v.padEnd(width[c])))
      .join('  ')
      .trimEnd();
  return [caption, line(columns), line(width.map((n) => '-'.repeat(n))), ...text.map(line), more]
    .filter(Boolean)
    .join('\n');
}
