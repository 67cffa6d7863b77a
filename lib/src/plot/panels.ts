import type { Annotation, Data, Layout, Shape } from 'plotly.js-dist';
import type { Figure } from './figure';
import type { FigureText } from './theme';
import { textWidth, themedLayout } from './theme';

export interface PanelsOptions extends FigureText {
  /** Panels beside each other, default 2. */
  columns?: number;
  /** Whether all panels have the range of the largest on each axis (default both); titles of axes, and names of rows and columns of heatmaps,
   * then stand at the outer panels alone. */
  share?: 'both' | 'x' | 'none';
  /** Pixels free at the left and below each row for tick labels that need more than the usual room. */
  room?: { readonly left?: number; readonly bottom?: number };
}

/** Pixels between panels: tick labels, and the name of the panel below. */
const GAP = { x: 56, y: 64 };

/** Small multiples: figures of the other builders as panels of one figure, row by row. Each panel's name is its figure's title; what has the
 * same name in several panels has one entry in the legend.
 *
 * @param figures  with one pair of axes each; their subtitles and footers are left out
 * @throws Error on no figure, or an invalid number of columns
 * @source ours
 * @check test/plot/panels.test.ts
 */
export function panels(figures: readonly Figure[], options: PanelsOptions): Figure {
  const { columns = 2, share = 'both', room: extra = {}, ...given } = options;
  if (figures.length === 0) throw new Error('panels: no figures; expected at least one');
  if (!(Number.isInteger(columns) && columns >= 1))
    throw new Error(`panels: invalid columns; expected an integer of at least 1, got ${columns}`);
  const nRows = Math.ceil(figures.length / columns);
  const text = { width: 960, height: 170 + 260 * nRows, ...given };
  const names = figures.flatMap(({ data }) => data.map((trace) => (inLegend(trace) ? nameOf(trace) : '')));
  const legend = new Set(names.filter((name) => name !== '')).size > 1;
  const bar = figures.some(({ layout }) => layout.coloraxis !== undefined);
  const right = Math.max(24, legend ? 60 + Math.max(...names.map((name) => textWidth(name))) : 0, bar ? 90 : 0);
  // Heatmaps know what room their names need.
  const named = share === 'both' && figures.every(isHeatmap) ? figures[0].layout.margin : undefined;
  const [left, bottom] = named ? [named.l!, named.b!] : [80 + (extra.left ?? 0), 58 + (extra.bottom ?? 0)];
  const base = themedLayout(text, { left, right, bottom });
  const { t = 0, b = 0, l = 0, r = 0 } = base.margin!;
  const margin = { ...base.margin, t: t + 24 };
  const inner = { width: text.width - l - r, height: text.height - t - 24 - b };
  const gap = { x: GAP.x / inner.width, y: (GAP.y + (extra.bottom ?? 0)) / inner.height };
  const size = { x: (1 - gap.x * (columns - 1)) / columns, y: (1 - gap.y * (nRows - 1)) / nRows };
  const ranges = { x: commonRange(figures, 'x'), y: commonRange(figures, 'y') };
  const seen = new Set<string>();
  const axes: Record<string, unknown> = {};
  const parts = figures.map((figure, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const number = i === 0 ? '' : `${i + 1}`;
    const start = column * (size.x + gap.x);
    const top = 1 - row * (size.y + gap.y);
    const isLowest = i + columns >= figures.length;
    const shared = (axis: 'x' | 'y'): Partial<Layout['xaxis']> => {
      if (share === 'none' || (share === 'x' && axis === 'y')) return {};
      return { ...(i > 0 && { matches: axis }), ...(ranges[axis] && { range: ranges[axis] }) };
    };
    const untitled = { title: { text: '' }, ...(named && { showticklabels: false, ticks: '' as const }) };
    axes[`xaxis${number}`] = {
      ...figure.layout.xaxis,
      ...(isLowest ? {} : untitled),
      ...shared('x'),
      domain: [start, start + size.x],
      anchor: `y${number}`,
    };
    axes[`yaxis${number}`] = {
      ...figure.layout.yaxis,
      ...(column === 0 || share === 'none' ? {} : untitled),
      ...shared('y'),
      domain: [top - size.y, top],
      anchor: `x${number}`,
    };
    const data = figure.data.map((trace): Partial<Data> => {
      const name = nameOf(trace);
      const isNew = inLegend(trace) && !seen.has(name);
      if (isNew) seen.add(name);
      const place = { xaxis: `x${number}`, yaxis: `y${number}` };
      return { ...trace, ...place, legendgroup: name, showlegend: isNew } as Partial<Data>;
    });
    const place = <T extends Partial<Shape> | Partial<Annotation>>(part: T): T => ({
      ...part,
      xref: part.xref === 'paper' ? `x${number} domain` : `x${number}`,
      yref: `y${number}`,
    });
    const name: Partial<Annotation> = {
      xref: 'paper', yref: 'paper', x: start, y: top, xanchor: 'left', yanchor: 'bottom', yshift: 4,
      text: titleOf(figure), showarrow: false, font: { size: 14, color: '#222222' },
    }; // prettier-ignore
    const own = (figure.layout.annotations ?? []).filter(({ yref }) => yref !== 'paper');
    return {
      data,
      shapes: (figure.layout.shapes ?? []).map(place),
      annotations: [name, ...own.map(place)],
    };
  });
  const coloraxis = figures.map(({ layout }) => layout.coloraxis).find((axis) => axis !== undefined);
  return {
    data: parts.flatMap(({ data }) => data),
    layout: {
      ...base,
      ...axes,
      ...(coloraxis && { coloraxis }),
      margin,
      annotations: [...lowered(base.annotations ?? []), ...parts.flatMap(({ annotations }) => annotations)],
      shapes: parts.flatMap(({ shapes }) => shapes),
      ...modes(figures[0].layout),
      showlegend: legend,
      legend: { x: 1.01, y: 1, xanchor: 'left', yanchor: 'top', font: { size: 13 } },
    },
  };
}

/** How bars and violins of one category stand: beside each other or over each other, and how far apart. */
function modes({ barmode, violinmode, violingap, violingroupgap }: Partial<Layout>): Partial<Layout> {
  return { ...(barmode && { barmode }), ...(violinmode && { violinmode, violingap, violingroupgap }) };
}

/** From the least to the largest value of curves and points along an axis, and a little more; the range that a figure asks for, if one does; none
 * for bars, which Plotly ranges from 0, and violins. */
function commonRange(figures: readonly Figure[], axis: 'x' | 'y'): [number, number] | undefined {
  const asked = figures.map(({ layout }) => layout[`${axis}axis`]?.range).find((range) => range !== undefined);
  if (asked !== undefined) return [asked[0] as number, asked[1] as number];
  const traces = figures.flatMap(({ data }) => data) as { type?: string; x?: unknown[]; y?: unknown[] }[];
  if (traces.some(({ type }) => type !== 'scatter')) return undefined;
  const values = traces.flatMap((trace) => trace[axis] ?? []).filter((v) => Number.isFinite(v)) as number[];
  if (values.length === 0) return undefined;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.05 * (high - low || 1);
  return [low - room, high + room];
}

const nameOf = ({ name }: Partial<Data>): string => (name as string | undefined) ?? '';
const isHeatmap = ({ data }: Figure): boolean => data.every(({ type }) => type === 'heatmap');
const inLegend = (trace: Partial<Data>): boolean => (trace as { showlegend?: boolean }).showlegend !== false;

/** The subtitle stands over the room that the names of the first row take. */
function lowered(annotations: readonly Partial<Annotation>[]): Partial<Annotation>[] {
  return annotations.map((one) => (one.y === 1 ? { ...one, yshift: (one.yshift ?? 0) + 24 } : one));
}

/** The title of a figure, without its bold type. */
function titleOf({ layout }: Figure): string {
  const title = layout.title as string | { text?: string } | undefined;
  const text = typeof title === 'string' ? title : (title?.text ?? '');
  return text.replace(/<\/?b>/g, '');
}
