import type { Figure } from './figure';
import { colour } from './palette';
import { referenceRoom, referenceShapes, type Reference } from './reference';
import type { FigureText } from './theme';
import { axisStyle, textWidth, themedAxis, themedLayout } from './theme';

/** One group of violins: many values per category, as coefficients over resampled fits. */
export interface ViolinSeries {
  name: string;
  /** [category value] */
  values: readonly (readonly number[])[];
  /** Index into the palette; default the position of the series. */
  colour?: number;
}

export interface ViolinsOptions extends FigureText {
  categories: readonly string[];
  series: readonly ViolinSeries[];
  /** With the unit, "coefficient (log-odds a standard deviation)". */
  yTitle: string;
  /** What the categories are, "block". */
  xTitle: string;
  yRange?: readonly [number, number];
  references?: readonly Reference[];
}

/** Distributions as violins, all of one width, from the least value to the largest, in each a box of the quartiles with a dashed line at the
 * mean. Values that are all the same are a line.
 *
 * @throws Error listing the series that do not have finite values, one at least, in every category
 * @source ours
 * @check test/plot/violins.test.ts
 */
export function violins(options: ViolinsOptions): Figure {
  const { categories, series, yTitle, xTitle, yRange, references = [], ...text } = options;
  if (series.length === 0 || categories.length === 0)
    throw new Error('violins: nothing to draw; expected at least one series and one category');
  const problems = series.flatMap(({ name, values }) => {
    if (values.length !== categories.length)
      return [`series "${name}" has ${values.length} categories; expected ${categories.length}`];
    const bad = values.findIndex((own) => own.length === 0 || !own.every(Number.isFinite));
    return bad < 0 ? [] : [`series "${name}" at ${categories[bad]}; expected finite values, at least one`];
  });
  if (problems.length > 0) throw new Error(`violins: ${problems.join('; ')}`);
  const legend = series.length > 1;
  const legendRoom = legend ? 60 + Math.max(...series.map((s) => textWidth(s.name))) : 24;
  const layout = themedLayout(text, { left: 80, right: Math.max(legendRoom, referenceRoom(references)), bottom: 58 });
  return {
    data: series.map((s, i) => ({
      type: 'violin',
      name: s.name,
      x: s.values.flatMap((own, k) => own.map(() => categories[k])),
      y: s.values.flat(),
      offsetgroup: `${i}`,
      alignmentgroup: 'violins',
      scalemode: 'width',
      spanmode: 'hard',
      points: false,
      meanline: { visible: true, color: '#000000', width: 1.4 },
      box: { visible: true, width: 0.4, fillcolor: 'rgba(0,0,0,0)', line: { width: 1.4 } },
      line: { color: colour(s.colour ?? i), width: 1.4 },
      hoveron: 'violins',
    })),
    layout: {
      ...layout,
      ...referenceShapes(references, layout.annotations),
      violinmode: 'group',
      violingap: 0.25,
      violingroupgap: 0.06,
      xaxis: {
        ...axisStyle,
        ...themedAxis(xTitle),
        type: 'category',
        categoryorder: 'array',
        categoryarray: [...categories],
        showgrid: false,
        ticks: '',
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
