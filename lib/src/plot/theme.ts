import type { Annotation, Layout } from 'plotly.js-dist';
import { palette } from './palette';

/** Words around a figure; every builder takes them. */
export interface FigureText {
  /** The finding, as a sentence. */
  title: string;
  /** A smaller line below it: what is shown, n, what bars and bands mean. */
  subtitle?: string;
  /** Small print at the foot: organism, layer, seeds, whose value is whose. */
  footer?: string;
  /** Pixels, default 800. */
  width?: number;
  /** Pixels, default 450. */
  height?: number;
}

/** Room in pixels that a builder needs beside its plotting area (tick labels, axis titles, legend). */
export interface Room {
  left: number;
  right: number;
  bottom: number;
}

const TITLE = 18;
const SUBTITLE = 13;
const FOOTER = 11;
const LINE = 1.3;
/** Mean width of a letter over the font size, for the widest of the theme's fonts (DejaVu Sans); bold is wider still. */
const LETTER = 0.57;
const BOLD = 1.17;

/** Breaks text into lines that fit `width` pixels, at spaces and at given <br>; returns the lines.
 *
 * @param size  font size in pixels
 * @source ours; letter width is an estimate, as Plotly cannot wrap and no browser is at hand
 */
export function wrapText(text: string, width: number, size: number): string[] {
  const perLine = Math.max(10, Math.floor(width / (size * LETTER)));
  return text.split('<br>').flatMap((paragraph) => {
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const last = lines[lines.length - 1];
      if (last !== '' && last.length + 1 + word.length > perLine) lines.push(word);
      else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    }
    return lines;
  });
}

/** The layout every figure starts from: white, readable, title at the left as a sentence, footer in small print.
 *
 * @param text  title, subtitle, footer and size
 * @param room  pixels beside the plotting area
 * @throws Error on an empty title: a figure states its finding
 * @source ours
 */
export function themedLayout(text: FigureText, room: Room): Partial<Layout> {
  const { title, subtitle = '', footer = '', width = 800, height = 450 } = text;
  if (title.trim() === '') throw new Error('themedLayout: empty title; expected a sentence that states the finding');
  const inner = width - 40;
  const titleLines = wrapText(title, inner, TITLE * BOLD);
  const subtitleLines = subtitle === '' ? [] : wrapText(subtitle, inner, SUBTITLE);
  const footerLines = footer === '' ? [] : wrapText(footer, inner, FOOTER);
  const top = 18 + (titleLines.length * TITLE + subtitleLines.length * SUBTITLE) * LINE + 22;
  const bottom = room.bottom + (footerLines.length > 0 ? footerLines.length * FOOTER * LINE + 12 : 0);
  const atLeft = { xref: 'paper', yref: 'paper', x: 0, xanchor: 'left', align: 'left', showarrow: false } as const;
  const annotations: Partial<Annotation>[] = [];
  if (subtitleLines.length > 0) {
    annotations.push({
      ...atLeft,
      y: 1,
      yanchor: 'top',
      xshift: 16 - room.left,
      yshift: top - 16 - titleLines.length * TITLE * LINE,
      text: subtitleLines.join('<br>'),
      font: { size: SUBTITLE, color: '#444444' },
    });
  }
  if (footerLines.length > 0) {
    annotations.push({
      ...atLeft,
      y: 0,
      yanchor: 'bottom',
      xshift: 16 - room.left,
      yshift: 6 - bottom,
      text: footerLines.join('<br>'),
      font: { size: FOOTER, color: '#666666' },
    });
  }
  return {
    width,
    height,
    title: {
      text: `<b>${titleLines.join('<br>')}</b>`,
      font: { size: TITLE },
      xref: 'container',
      x: 16 / width,
      xanchor: 'left',
      yref: 'container',
      // plotly.js 4.1 lowers a title of one line by 0.7 em, but not one of several lines.
      y: 1 - (titleLines.length > 1 ? 14 + 0.7 * TITLE : 14) / height,
      yanchor: 'top',
    },
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    colorway: [...palette],
    font: { family: 'Helvetica, Arial, "DejaVu Sans", sans-serif', size: 14, color: '#222222' },
    margin: { t: top, b: bottom, l: room.left, r: room.right },
    annotations,
    hoverlabel: { font: { size: 13 } },
  };
}

/** An axis in the theme: thin frame, light grid, title with unit.
 *
 * @param title  with the unit in brackets, "EM rate (%)"
 * @throws Error on an empty title
 * @source ours
 */
export function themedAxis(title: string): Partial<Layout['xaxis']> {
  if (title.trim() === '') throw new Error('themedAxis: empty title; expected what the axis shows and its unit');
  return { ...axisStyle, title: { text: title, standoff: 8, font: { size: 14 } } };
}

/** The frame, ticks and grid of an axis without its title. */
export const axisStyle: Partial<Layout['xaxis']> = {
  tickfont: { size: 13 },
  showline: true,
  linecolor: '#888888',
  ticks: 'outside',
  tickcolor: '#888888',
  ticklen: 4,
  gridcolor: '#ebebeb',
  zeroline: false,
  automargin: false,
};

/** How wide a text is in the theme's font, in pixels, as an estimate.
 *
 * @param size  font size in pixels, default that of tick labels
 * @source ours
 */
export function textWidth(text: string, size = 13): number {
  return text.length * size * LETTER;
}
