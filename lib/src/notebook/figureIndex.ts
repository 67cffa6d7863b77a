import { escapeHtml } from './escapeHtml';

/** What is known about a figure in data/figures. */
export interface FigureRecord {
  name: string;
  title: string;
  caption: string;
  width: number;
  height: number;
  /** Whether there is a PNG and an SVG beside the HTML. */
  hasPicture: boolean;
  /** Commit, date, backend, and what the notebook adds (model hash, seed). */
  provenance: Record<string, string | number>;
}

/** What is known about the last run of a notebook. */
export interface NotebookRecord {
  title: string;
  seconds: number;
  figures: FigureRecord[];
}

/** The index of figures: one section a notebook, by file name without ending. */
export type FigureIndex = Record<string, NotebookRecord>;

const style = `body { font-family: sans-serif; margin: 24px auto; max-width: 900px; padding: 0 16px; color: #222 }
figure { margin: 24px 0; border-top: 1px solid #ddd; padding-top: 16px }
img { max-width: 100%; height: auto }
figcaption { margin: 8px 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; font-size: 13px; color: #555; margin: 8px 0 }
dd { margin: 0; overflow-wrap: anywhere }`;

/** The page data/figures/index.html: every figure with its title, picture, caption, notebook and provenance. */
export function figureIndexPage(index: FigureIndex): string {
  const sections = Object.keys(index)
    .sort()
    .map((notebook) => section(notebook, index[notebook]));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Figures</title>
<style>${style}</style></head><body>
<h1>Figures</h1>
<p>Made by <code>npm run figures</code>. A picture links to its interactive figure.</p>
${sections.join('\n')}
</body></html>
`;
}

function section(notebook: string, { title, figures }: NotebookRecord): string {
  const link = `<a href="../../notebooks/${notebook}.ipynb">notebooks/${notebook}.ipynb</a>`;
  return `<h2>${escapeHtml(title)}</h2>\n<p>${link}</p>\n${figures.map(figureBlock).join('\n')}`;
}

function figureBlock({ name, title, caption, width, height, hasPicture, provenance }: FigureRecord): string {
  const picture = hasPicture
    ? `<a href="${name}.html"><img src="${name}.svg" width="${width}" height="${height}" alt="${escapeHtml(title)}"></a>`
    : `<p>No picture here; see <a href="${name}.html">the interactive figure</a>.</p>`;
  const files = (hasPicture ? ['png', 'svg', 'html'] : ['html']).map((end) => `<a href="${name}.${end}">${end}</a>`);
  const facts = Object.entries(provenance).map(
    ([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  return `<figure id="${name}"><h3>${escapeHtml(title || name)}</h3>
${picture}
<figcaption>${escapeHtml(caption)}</figcaption>
<dl><dt>files</dt><dd>${files.join(' · ')}</dd>${facts.join('')}</dl></figure>`;
}
