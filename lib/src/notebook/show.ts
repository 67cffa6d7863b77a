import type { Figure } from '../plot/figure';
import { displayBundle } from './displayBundle';
import { figureHtml } from './figureHtml';
import { figureSize, toPng, type RenderOptions } from './renderFigure';

/** How a figure is shown and kept. */
export interface ShowOptions extends RenderOptions {
  /** The figure's file name without ending, e.g. `00-drift`; a figure without a name is shown but not kept. */
  name?: string;
  /** One or two sentences below the figure in the index of figures. */
  caption?: string;
  /** What the figure was computed from, e.g. `{ model: model.hash, seed }`; printed beside it in the index. */
  provenance?: Readonly<Record<string, string | number>>;
}

/** A figure that has been shown under a name. */
export interface ShownFigure {
  name: string;
  figure: Figure;
  caption: string;
  provenance: Readonly<Record<string, string | number>>;
  width: number;
  height: number;
}

type Listener = (shown: ShownFigure) => void;
let listener: Listener | null = null;

/** Tells `show` where named figures go; `npm run figures` keeps them. Null: nowhere. */
export function onFigure(keep: Listener | null): void {
  listener = keep;
}

/** Shows a figure as one message: interactive (HTML, and Plotly's own type) and as a static picture.
 *
 * A front end takes the best it may show: live where scripts run, the picture in an untrusted file or on a code host.
 *
 * @param figure  what the builders of `plot` return
 * @throws Error if the name is not made of lower-case letters, digits and dashes
 */
export async function show(figure: Figure, options: ShowOptions = {}): Promise<void> {
  const { name, caption = '', provenance = {} } = options;
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new Error(`show: invalid name; expected lower-case letters, digits and dashes, got ${JSON.stringify(name)}`);
  }
  const size = figureSize(figure, options);
  const png = (await toPng(figure, { ...size, scale: options.scale ?? 1.5 }))?.toString('base64');
  const plot = { data: figure.data, layout: { ...figure.layout, ...size }, config: { displaylogo: false } };
  const data = {
    'application/vnd.plotly.v1+json': plot,
    'text/html': figureHtml(figure, { ...size, png }),
    ...(png ? { 'image/png': png } : {}),
    'text/plain': `[figure${name ? ` ${name}` : ''}] ${plainTitle(figure)}`,
  };
  displayBundle(data, { metadata: { 'image/png': size } });
  if (name !== undefined) listener?.({ name, figure, caption, provenance, ...size });
}

/** The title of a figure without markup, '' if it has none. */
export function plainTitle(figure: Figure): string {
  const title = figure.layout.title as string | { text?: string } | undefined;
  const text = typeof title === 'string' ? title : (title?.text ?? '');
  return text.replace(/<br\s*\/?>/g, ' ').replace(/<[^>]*>/g, '');
}
