import type { Figure } from './figure';
import { colour } from './palette';
import type { FigureText } from './theme';
import { textWidth, themedAxis, themedLayout } from './theme';

/** One cloud of points. */
export interface ScatterSeries {
  name: string;
  x: readonly number[];
  y: readonly number[];
  /** A name per point, shown on hover. */
  labels?: readonly string[];
  /** Index into the palette; default the position of the series. */
  colour?: number;
}

export interface ScatterOptions extends FigureText {
  series: readonly ScatterSeries[];
  xTitle: string;
  yTitle: string;
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
}

const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'x', 'star'] as const;

/** Points in the plane; each series has its own colour and its own symbol.
 *
 * @throws Error naming the series whose arrays differ in length
 * @source ours
 */
export function scatter({ series, xTitle, yTitle, xRange, yRange, ...text }: ScatterOptions): Figure {
  if (series.length === 0) throw new Error('scatter: no series; expected at least one');
  for (const s of series) {
    for (const [name, values] of Object.entries({ y: s.y, labels: s.labels ?? s.y })) {
      if (values.length !== s.x.length) {
        const got = `expected ${s.x.length}, got ${values.length}`;
        throw new Error(`scatter: ${name} of series "${s.name}" has the wrong length; ${got}`);
      }
    }
  }
  const legend = series.length > 1;
  const right = legend ? 60 + Math.max(...series.map((s) => textWidth(s.name))) : 24;
  return {
    data: series.map((s, i) => ({
      type: 'scatter',
      mode: 'markers',
      name: s.name,
      x: [...s.x],
      y: [...s.y],
      ...(s.labels && { text: [...s.labels], hovertemplate: '%{text}<br>%{x:.3g}, %{y:.3g}<extra></extra>' }),
      marker: {
        size: 9,
        color: colour(s.colour ?? i),
        symbol: symbols[i % symbols.length],
        line: { width: 0.8, color: '#ffffff' },
      },
    })),
    layout: {
      ...themedLayout(text, { left: 80, right, bottom: 58 }),
      xaxis: { ...themedAxis(xTitle), ...(xRange && { range: [...xRange] }) },
      yaxis: { ...themedAxis(yTitle), ...(yRange && { range: [...yRange] }) },
      showlegend: legend,
      legend: { x: 1.01, y: 1, xanchor: 'left', yanchor: 'top', font: { size: 13 } },
    },
  };
}
