import type { Data, Layout } from 'plotly.js-dist';
import type { Figure } from './figure';
import { colour, withAlpha } from './palette';
import { referenceRoom, referenceShapes, type Reference } from './reference';
import type { FigureText } from './theme';
import { textWidth, themedAxis, themedLayout } from './theme';

/** One curve, with a band where low and high are given; of a single point the marker alone. */
export interface LineSeries {
  name: string;
  x: readonly number[];
  y: readonly number[];
  low?: readonly number[];
  high?: readonly number[];
  dash?: 'solid' | 'dash' | 'dot';
  /** Index into the palette; default the position of the series. */
  colour?: number;
  /** Default true up to 30 points. */
  markers?: boolean;
}

export interface LinesOptions extends FigureText {
  series: readonly LineSeries[];
  /** With the unit, "step" or "layer". */
  xTitle: string;
  yTitle: string;
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
  /** Names of x = 0, 1, 2, …, where the axis has things and not numbers. */
  xLabels?: readonly string[];
  /** Whole numbers only on the x axis (layers, steps), default false. */
  integerX?: boolean;
  references?: readonly Reference[];
}

/** Curves with bands over a number axis.
 *
 * @throws Error naming the series whose arrays differ in length
 * @source ours
 */
export function lines(options: LinesOptions): Figure {
  const { series, xTitle, yTitle, xRange, yRange, xLabels, integerX = false, references = [], ...text } = options;
  if (series.length === 0) throw new Error('lines: no series; expected at least one');
  const data = series.flatMap((s, i) => traces(s, s.colour ?? i));
  const legend = series.length > 1;
  const legendRoom = legend ? 70 + Math.max(...series.map((s) => textWidth(s.name))) : 24;
  const right = Math.max(legendRoom, referenceRoom(references));
  const longest = Math.max(0, ...(xLabels ?? []).map((label) => textWidth(label)));
  const isSlanted = longest * (xLabels?.length ?? 0) > (text.width ?? 800) - 80 - right;
  const layout = themedLayout(text, { left: 80, right, bottom: 58 + (isSlanted ? 0.6 * longest : 0) });
  const shared = referenceShapes(references, layout.annotations);
  return {
    data,
    layout: {
      ...layout,
      ...shared,
      xaxis: {
        ...themedAxis(xTitle),
        ...(xRange && { range: [...xRange] }),
        ...(integerX && integerTicks(series)),
        ...(xLabels && namedTicks(xLabels, isSlanted)),
      },
      yaxis: { ...themedAxis(yTitle), ...(yRange && { range: [...yRange] }) },
      showlegend: legend,
      legend: { x: 1.01, y: 1, xanchor: 'left', yanchor: 'top', font: { size: 13 } },
    },
  };
}

function traces(s: LineSeries, index: number): Partial<Data>[] {
  const arrays = { y: s.y, low: s.low ?? s.y, high: s.high ?? s.y };
  for (const [name, values] of Object.entries(arrays)) {
    if (values.length !== s.x.length) {
      throw new Error(
        `lines: ${name} of series "${s.name}" has the wrong length; expected ${s.x.length}, got ${values.length}`,
      );
    }
  }
  if ((s.low === undefined) !== (s.high === undefined)) {
    throw new Error(`lines: band of series "${s.name}" is one-sided; expected both low and high`);
  }
  const shade = colour(index);
  const markers = s.markers ?? s.x.length <= 30;
  const isPoint = s.x.length === 1;
  const curve: Partial<Data> = {
    type: 'scatter',
    mode: isPoint ? 'markers' : markers ? 'lines+markers' : 'lines',
    name: s.name,
    legendgroup: s.name,
    x: [...s.x],
    y: [...s.y],
    line: { color: shade, width: 2.2, dash: s.dash ?? 'solid' },
    marker: { size: isPoint ? 9 : 6, color: shade },
  };
  if (s.low === undefined || s.high === undefined) return [curve];
  const band: Partial<Data> = {
    type: 'scatter',
    mode: 'lines',
    name: s.name,
    legendgroup: s.name,
    showlegend: false,
    hoverinfo: 'skip',
    x: [...s.x, ...[...s.x].reverse()],
    y: [...s.high, ...[...s.low].reverse()],
    fill: 'toself',
    fillcolor: withAlpha(shade, 0.18),
    line: { width: 0 },
  };
  return [band, curve];
}

function namedTicks(labels: readonly string[], isSlanted: boolean): Partial<Layout['xaxis']> {
  return {
    tickmode: 'array',
    tickvals: labels.map((_, i) => i),
    ticktext: [...labels],
    tickangle: isSlanted ? -35 : 0,
  };
}

function integerTicks(series: readonly LineSeries[]): Partial<Layout['xaxis']> {
  const all = series.flatMap((s) => [...s.x]);
  const span = Math.max(...all) - Math.min(...all);
  return { dtick: Math.max(1, Math.ceil(span / 12)), tick0: Math.min(...all), tickformat: 'd' };
}
