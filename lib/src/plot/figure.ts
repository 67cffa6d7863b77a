import type { Data, Layout } from 'plotly.js-dist';

/** A Plotly figure as plain data: what the builders return and `show` displays. */
export interface Figure {
  readonly data: Partial<Data>[];
  readonly layout: Partial<Layout>;
}
