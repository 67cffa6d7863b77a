import type { Layout } from 'plotly.js-dist';
import type { Figure } from './figure';
import { colour, sequentialScale } from './palette';
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
  /** A value a point, shown by its colour in place of the series' own; all series have some or none has. */
  shade?: readonly number[];
}

export interface ScatterOptions extends FigureText {
  series: readonly ScatterSeries[];
  xTitle: string;
  yTitle: string;
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
  /** What the colour of shaded points means, with its unit, and the ends of the scale. */
  shade?: { readonly title: string; readonly range: readonly [number, number] };
}

const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'x', 'star', 'triangle-down', 'cross'] as const;

/** Points in the plane; each series has its own symbol, and its own colour unless points are shaded by a value.
 *
 * @throws Error naming the series whose arrays differ in length, or where values are without a scale
 * @source ours
 */
export function scatter({ series, xTitle, yTitle, xRange, yRange, shade, ...text }: ScatterOptions): Figure {
  if (series.length === 0) throw new Error('scatter: no series; expected at least one');
  for (const s of series) {
    for (const [name, values] of Object.entries({ y: s.y, labels: s.labels ?? s.y, shade: s.shade ?? s.y })) {
      if (values.length !== s.x.length) {
        const got = `expected ${s.x.length}, got ${values.length}`;
        throw new Error(`scatter: ${name} of series "${s.name}" has the wrong length; ${got}`);
      }
    }
  }
  if (series.some((s) => (s.shade === undefined) !== (shade === undefined)))
    throw new Error('scatter: some series are shaded and some are not; expected values in all and the option shade');
  const legend = series.length > 1;
  const right = Math.max(legend ? 60 + Math.max(...series.map((s) => textWidth(s.name))) : 24, shade ? 90 : 0);
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
        ...(s.shade ? { color: [...s.shade], coloraxis: 'coloraxis' } : { color: colour(s.colour ?? i) }),
        symbol: symbols[i % symbols.length],
        line: { width: 0.8, color: s.shade ? '#444444' : '#ffffff' },
      },
    })),
    layout: {
      ...themedLayout(text, { left: 80, right, bottom: 58 }),
      xaxis: { ...themedAxis(xTitle), ...(xRange && { range: [...xRange] }) },
      yaxis: { ...themedAxis(yTitle), ...(yRange && { range: [...yRange] }) },
      ...(shade && { coloraxis: colourAxis(shade) }),
      showlegend: legend,
      legend: { x: 1.01, y: 1, xanchor: 'left', yanchor: 'top', font: { size: 13 } },
    },
  };
}

/** The scale of shaded points, below the legend at the right. */
function colourAxis({ title, range }: NonNullable<ScatterOptions['shade']>): Partial<Layout['coloraxis']> {
  return {
    cmin: range[0],
    cmax: range[1],
    colorscale: sequentialScale,
    colorbar: {
      title: { text: title, side: 'top', font: { size: 13 } },
      thickness: 14,
      len: 0.5,
      x: 1.01,
      y: 0,
      xanchor: 'left',
      yanchor: 'bottom',
      tickfont: { size: 12 },
      outlinewidth: 0,
    },
  };
}
