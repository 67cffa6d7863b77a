import type { Annotation, Layout, Shape } from 'plotly.js-dist';

/** A dashed level with its name, for a bar, a null or another's value. */
export interface ReferenceLine {
  /** Level on the value axis. */
  value: number;
  label: string;
}

/** The shapes and labels of horizontal reference lines, added to the annotations given.
 *
 * @source ours
 */
export function referenceLines(
  references: readonly ReferenceLine[],
  annotations: Partial<Layout>['annotations'] = [],
): Pick<Partial<Layout>, 'shapes' | 'annotations'> {
  const shapes = references.map(({ value }): Partial<Shape> => ({
    type: 'line',
    xref: 'paper',
    x0: 0,
    x1: 1,
    y0: value,
    y1: value,
    line: { color: '#555555', width: 1.4, dash: 'dash' },
  }));
  const labels = references.map(({ value, label }): Partial<Annotation> => ({
    xref: 'paper',
    x: 1,
    xanchor: 'right',
    y: value,
    yanchor: 'bottom',
    text: label,
    showarrow: false,
    font: { size: 12, color: '#444444' },
  }));
  return { shapes, annotations: [...annotations, ...labels] };
}
