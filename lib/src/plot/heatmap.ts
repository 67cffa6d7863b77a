import type { Annotation, Shape } from 'plotly.js-dist';
import type { Figure } from './figure';
import { divergingScale, oneSidedScale } from './palette';
import type { FigureText } from './theme';
import { axisStyle, textWidth, themedLayout } from './theme';

export interface HeatmapOptions extends FigureText {
  /** Names of the rows and, unless `columns` is given, of the columns. */
  rows: readonly string[];
  columns?: readonly string[];
  /** Draws a line across both axes after this many entries (Figure 6: after the 4th trait). */
  dividerAfter?: number;
  /** Ends of the colour scale, default [-1, 1]; from 0 on the scale has one side. */
  range?: readonly [number, number];
  /** What the colour means, with its unit. */
  valueTitle: string;
  /** Decimals of the number in each cell, default 2. */
  digits?: number;
}

/** A matrix as coloured cells with their numbers, first row at the top.
 *
 * @param values  [row column] finite
 * @throws Error if the names do not fit the matrix
 * @source ours
 */
export function heatmap(values: readonly (readonly number[])[], options: HeatmapOptions): Figure {
  const { rows, columns = rows, dividerAfter, range = [-1, 1], valueTitle, digits = 2, ...text } = options;
  const misfit = values.findIndex((row) => row.length !== columns.length);
  if (values.length !== rows.length || misfit >= 0) {
    const got = `[${values.length} ${values[Math.max(0, misfit)]?.length ?? 0}]`;
    throw new Error(`heatmap: values has the wrong shape; expected [${rows.length} ${columns.length}], got ${got}`);
  }
  const left = 30 + Math.max(...rows.map((name) => textWidth(name)));
  const slant = Math.max(...columns.map((name) => textWidth(name))) * 0.6;
  const { width = 640, height = 560 } = text;
  const layout = themedLayout({ ...text, width, height }, { left, right: 90, bottom: 28 + slant });
  const axis = { ...axisStyle, showgrid: false, showline: false, tickcolor: '#ffffff' };
  return {
    data: [
      {
        type: 'heatmap',
        z: values.map((row) => [...row]),
        x: [...columns],
        y: [...rows],
        coloraxis: 'coloraxis',
        texttemplate: `%{z:.${digits}f}`,
        textfont: { size: 13, color: '#000000' },
        xgap: 1,
        ygap: 1,
        hovertemplate: `%{y} · %{x}: %{z:.3f}<extra></extra>`,
      },
    ],
    layout: {
      ...layout,
      annotations: layout.annotations as Partial<Annotation>[],
      // An axis of its own, so that panels share it.
      coloraxis: {
        cmin: range[0],
        cmax: range[1],
        colorscale: range[0] < 0 ? divergingScale : oneSidedScale,
        colorbar: {
          title: { text: valueTitle, side: 'top', font: { size: 13 } },
          thickness: 14,
          len: 1,
          tickfont: { size: 12 },
          outlinewidth: 0,
        },
      },
      xaxis: { ...axis, tickangle: -35, constrain: 'domain' },
      yaxis: { ...axis, autorange: 'reversed', constrain: 'domain' },
      shapes: dividerAfter === undefined ? [] : dividers(dividerAfter, rows.length, columns.length),
    },
  };
}

function dividers(after: number, nRows: number, nColumns: number): Partial<Shape>[] {
  if (!(Number.isInteger(after) && 0 < after && after < Math.min(nRows, nColumns))) {
    throw new Error(
      `heatmap: invalid dividerAfter; expected an integer in [1, ${Math.min(nRows, nColumns) - 1}], got ${after}`,
    );
  }
  const at = after - 0.5;
  const line = { type: 'line', layer: 'above', line: { color: '#000000', width: 2.5 } } as const;
  return [
    { ...line, x0: at, x1: at, y0: -0.5, y1: nRows - 0.5 },
    { ...line, x0: -0.5, x1: nColumns - 0.5, y0: at, y1: at },
  ];
}
