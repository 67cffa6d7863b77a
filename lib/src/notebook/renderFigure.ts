import type { Figure } from '../plot/figure';
import { palettePng } from './palettePng';
import { plotPage } from './plotBrowser';

/** Size of a picture in CSS pixels, and how many real pixels make one of them. */
export interface RenderOptions {
  /** Default: the figure's layout, else 800. */
  width?: number;
  /** Default: the figure's layout, else 450. */
  height?: number;
  /** Real pixels per CSS pixel, default 2. */
  scale?: number;
}

/** The size a figure is drawn at. */
export function figureSize(figure: Figure, { width, height }: RenderOptions = {}): { width: number; height: number } {
  return { width: width ?? figure.layout.width ?? 800, height: height ?? figure.layout.height ?? 450 };
}

/** A figure as a PNG of at most 256 colours, or null where there is no browser. */
export async function toPng(figure: Figure, options: RenderOptions = {}): Promise<Buffer | null> {
  const url = await toImage(figure, 'png', options);
  return url === null ? null : palettePng(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
}

/** A figure as SVG text, or null where there is no browser. The same figure gives the same text. */
export async function toSvg(figure: Figure, options: RenderOptions = {}): Promise<string | null> {
  const url = await toImage(figure, 'svg', options);
  return url === null ? null : stableIds(decodeURIComponent(url.slice(url.indexOf(',') + 1)));
}

/** plotly.js names its clip paths with six random hexadecimal digits a figure, which become zeros; and Chromium writes the
 * root's empty style now before, now after its viewBox, so it goes.
 */
function stableIds(svg: string): string {
  const id = /<defs id="(?:top)?defs-([0-9a-f]{6})"/.exec(svg)?.[1];
  const named = id ? svg.replaceAll(id, '000000') : svg;
  return named.replace(/^(<svg [^>]*?) style=""/, '$1');
}

type ToImage = (figure: unknown, options: unknown) => Promise<string>;

async function toImage(figure: Figure, format: 'png' | 'svg', options: RenderOptions): Promise<string | null> {
  const page = await plotPage();
  if (!page) return null;
  // Without a uid plotly.js gives each trace a random one, and the SVG shows it.
  const data = figure.data.map((trace, i) => ({ uid: i.toString(16).padStart(6, '0'), ...trace }));
  const plain: unknown = JSON.parse(JSON.stringify({ data, layout: figure.layout }));
  const { width, height } = figureSize(figure, options);
  return page.evaluate(([f, o]) => (globalThis as unknown as { Plotly: { toImage: ToImage } }).Plotly.toImage(f, o), [
    plain,
    { format, width, height, scale: format === 'png' ? (options.scale ?? 2) : 1 },
  ] as const);
}
