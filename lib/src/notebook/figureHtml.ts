import { randomUUID } from 'node:crypto';
import type { Figure } from '../plot/figure';
import { escapeHtml } from './escapeHtml';
import { figureSize, type RenderOptions } from './renderFigure';

/** What surrounds the interactive figure. */
export interface FigureHtmlOptions extends RenderOptions {
  /** A static picture (base64 PNG), shown until the script has run, and where scripts may not run. */
  png?: string;
  /** Where plotly.js may be found, tried in turn. */
  sources?: readonly string[];
  /** The element's id; a page with several figures needs a different one each (default: random). */
  id?: string;
}

/** Where a notebook finds plotly.js: a Jupyter server started at the project's root, a page beside notebooks/, the public CDN. */
const notebookSources = [
  '/files/node_modules/plotly.js-dist/plotly.js',
  '../node_modules/plotly.js-dist/plotly.js',
  'https://cdn.jsdelivr.net/npm/plotly.js-dist@4.1.1/plotly.js',
];

/** A piece of HTML with an interactive figure; plotly.js is loaded, not included. */
export function figureHtml(
  figure: Figure,
  { png, sources = notebookSources, id = `figure-${randomUUID()}`, ...options }: FigureHtmlOptions = {},
): string {
  const { width, height } = figureSize(figure, options);
  const image = png ? `<img width="${width}" height="${height}" src="data:image/png;base64,${png}">` : '';
  const plot = {
    data: figure.data,
    layout: { ...figure.layout, width, height },
    config: { responsive: false, displaylogo: false },
  };
  // `define` is hidden while plotly.js loads: RequireJS (classic Notebook) would take it away from the page.
  // In a window narrower than the figure it can be scrolled instead of being cut.
  return `<div style="overflow-x:auto"><div id="${id}" style="width:${width}px;height:${height}px">${image}</div></div>
<script>(function () {
  var element = document.getElementById("${id}"), plot = ${scriptJson(plot)};
  function draw() { element.innerHTML = ""; window.Plotly.newPlot(element, plot.data, plot.layout, plot.config); }
  if (window.Plotly) return draw();
  if (window.traitlabQueue) { window.traitlabQueue.push(draw); return; }
  window.traitlabQueue = [draw];
  var urls = ${scriptJson(sources)};
  (function next() {
    var url = urls.shift();
    if (!url) return;
    var define = window.define, script = document.createElement("script");
    window.define = undefined;
    script.src = url;
    script.onload = function () {
      window.define = define;
      if (!window.Plotly) return next();
      window.traitlabQueue.splice(0).forEach(function (f) { f(); });
      window.traitlabQueue = null;
    };
    script.onerror = function () { window.define = define; next(); };
    document.head.appendChild(script);
  })();
})();</script>`;
}

/** A page of its own with the figure and its caption. */
export function figurePage(figure: Figure, title: string, caption: string, options: FigureHtmlOptions = {}): string {
  const head = `<meta charset="utf-8"><title>${escapeHtml(title)}</title>`;
  const style = '<style>body { font-family: sans-serif; margin: 24px; max-width: 900px }</style>';
  const text = caption ? `<p>${escapeHtml(caption)}</p>` : '';
  return `<!doctype html>\n<html lang="en"><head>${head}${style}</head><body>\n${figureHtml(figure, { id: 'figure', ...options })}\n${text}\n</body></html>\n`;
}

function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}
