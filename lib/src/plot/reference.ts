import type { Annotation, Layout, Shape } from 'plotly.js-dist';

/** A dashed level with its name, for a bar or another's value; or, with `to`, a grey band, for a null. */
export interface Reference {
  /** Level on the value axis. */
  value: number;
  /** The other end of a band. */
  to?: number;
  label: string;
}

/** The shapes and labels of references on the value axis, added to the annotations given.
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
    xanchor: 'right',
    y: Math.max(value, to),
    yanchor: 'bottom',
    text: label,
    showarrow: false,
    font: { size: 12, color: '#444444' },
    bgcolor: 'rgba(255,255,255,0.8)',
  }));
  return { shapes, annotations: [...annotations, ...labels] };
}
