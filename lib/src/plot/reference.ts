import type { Annotation, Layout, Shape } from 'plotly.js-dist';
import { textWidth, wrapText } from './theme';

/** A dashed level with its name, for a bar or another's value; or, with `to`, a grey band, for a null. */
export interface Reference {
  /** Level on the value axis. */
  value: number;
  /** The other end of a band. */
  to?: number;
  label: string;
}

const LABEL = 12;
const labelLines = (label: string): string[] => wrapText(label, 90, LABEL);

/** Pixels that the labels need to the right of the plotting area. */
export function referenceRoom(references: readonly Reference[]): number {
  return Math.max(
    0,
    ...references.flatMap(({ label }) => labelLines(label)).map((line) => textWidth(line, LABEL) + 12),
  );
}

/** The shapes of references on the value axis; their labels stand to the right of it and are added to the annotations given.
 *
 * @source ours
 */
export function referenceShapes(
  references: readonly Reference[],
  annotations: Partial<Layout>['annotations'] = [],
): Pick<Partial<Layout>, 'shapes' | 'annotations'> {
  const across = { xref: 'paper', x0: 0, x1: 1 } as const;
  const shapes = references.map(({ value, to }): Partial<Shape> => {
    if (to === undefined) {
      return { ...across, type: 'line', y0: value, y1: value, line: { color: '#555555', width: 1.4, dash: 'dash' } };
    }
    return { ...across, type: 'rect', y0: value, y1: to, fillcolor: '#dddddd', layer: 'below', line: { width: 0 } };
  });
  const labels = references.map(({ value, to = value, label }): Partial<Annotation> => ({
    xref: 'paper',
    x: 1,
    xanchor: 'left',
    xshift: 4,
    y: (value + to) / 2,
    yanchor: 'middle',
    align: 'left',
    text: labelLines(label).join('<br>'),
    showarrow: false,
    font: { size: LABEL, color: '#444444' },
  }));
  return { shapes, annotations: [...annotations, ...labels] };
}
