import type { Annotation } from 'plotly.js-dist';
import type { Figure } from './figure';
import { colour } from './palette';
import { referenceRoom, referenceShapes, type Reference } from './reference';
import type { FigureText } from './theme';
import { axisStyle, textWidth, themedAxis, themedLayout } from './theme';

/** One group of bars: a value per category, with error bars where low and high are given. */
export interface BarSeries {
  name: string;
  values: readonly number[];
  /** Ends of the interval, in the same unit (not distances). */
  low?: readonly number[];
  high?: readonly number[];
  /** Index into the palette; default the position of the series. */
  colour?: number;
}

export interface BarsOptions extends FigureText {
  categories: readonly string[];
  series: readonly BarSeries[];
  /** With the unit, "EM rate (%)". */
  yTitle: string;
  /** What the categories are; default none, when their names speak. */
  xTitle?: string;
  yRange?: readonly [number, number];
  /** Prints each value above its bar with this many decimals. */
  labelDigits?: number;
  references?: readonly Reference[];
}

/** Share of a category's width left free beside its bars. */
const GAP = 0.28;

/** Grouped bars with error bars.
 *
 * @throws Error naming the series whose arrays do not fit the categories, or whose interval excludes its value
 * @source ours
 */
export function bars(options: BarsOptions): Figure {
  const { categories, series, yTitle, xTitle, yRange, labelDigits, references = [], ...text } = options;
  if (series.length === 0 || categories.length === 0) {
    throw new Error('bars: nothing to draw; expected at least one series and one category');
  }
  for (const s of series) check(s, categories.length);
  const { width = 800 } = text;
  const legend = series.length > 1;
  const legendRoom = legend ? 60 + Math.max(...series.map((s) => textWidth(s.name))) : 24;
  const right = Math.max(legendRoom, referenceRoom(references));
  const longest = Math.max(...categories.flatMap((c) => c.split('<br>')).map((c) => textWidth(c)));
  const slanted = longest > ((width - 80 - right) / categories.length) * 0.98;
  const deepest = Math.max(...categories.map((c) => c.split('<br>').length));
  const bottom = (slanted ? 20 + longest * 0.6 : 16 + deepest * 18) + (xTitle === undefined ? 8 : 34);
  const layout = themedLayout(text, { left: 80, right, bottom });
  return {
    data: series.map((s, i) => ({
      type: 'bar',
      name: s.name,
      x: [...categories],
      y: [...s.values],
      marker: { color: colour(s.colour ?? i) },
      ...(s.low &&
        s.high && {
          error_y: {
            type: 'data' as const,
            symmetric: false,
            array: s.high.map((h, k) => h - s.values[k]),
            arrayminus: s.low.map((l, k) => s.values[k] - l),
            color: '#333333',
            thickness: 1.4,
            width: 4,
          },
        }),
    })),
    layout: {
      ...layout,
      ...referenceShapes(references, [
        ...(layout.annotations ?? []),
        ...(labelDigits === undefined ? [] : labels(series, labelDigits)),
      ]),
      barmode: 'group',
      bargap: GAP,
      bargroupgap: 0.06,
      xaxis: {
        ...(xTitle === undefined ? axisStyle : themedAxis(xTitle)),
        showgrid: false,
        ticks: '',
        tickangle: slanted ? -35 : 0,
      },
      yaxis: {
        ...themedAxis(yTitle),
        zeroline: true,
        zerolinecolor: '#888888',
        ...(yRange && { range: [...yRange] }),
      },
      showlegend: legend,
      legend: { x: 1.01, y: 1, xanchor: 'left', yanchor: 'top', font: { size: 13 } },
    },
  };
}

/** A number above the upper end of each bar's interval (below the lower end of a negative one). */
function labels(series: readonly BarSeries[], digits: number): Partial<Annotation>[] {
  const step = (1 - GAP) / series.length;
  return series.flatMap((s, i) =>
    s.values.map((v, k) => ({
      x: k + (i - (series.length - 1) / 2) * step,
      y: v < 0 ? (s.low?.[k] ?? v) : (s.high?.[k] ?? v),
      yanchor: v < 0 ? ('top' as const) : ('bottom' as const),
      text: v.toFixed(digits).replace('-', '−'),
      showarrow: false,
      font: { size: 12 },
    })),
  );
}

function check(s: BarSeries, n: number): void {
  for (const [name, values] of Object.entries({ values: s.values, low: s.low ?? s.values, high: s.high ?? s.values })) {
    if (values.length !== n) {
      throw new Error(`bars: ${name} of series "${s.name}" has the wrong length; expected ${n}, got ${values.length}`);
    }
  }
  const outside = s.values.findIndex((v, k) => !((s.low?.[k] ?? v) <= v && v <= (s.high?.[k] ?? v)));
  if (outside >= 0) {
    throw new Error(
      `bars: interval of series "${s.name}" excludes its value at category ${outside}; expected low <= value <= high`,
    );
  }
}
