/// <reference lib="es2023" preserve="true" />
// The public names: what a notebook imports from "traitlab". One block a folder, in the order of the layers.
// The line above gives notebook cells the ES2023 library (findLast and friends).

export type { Figure } from './plot/figure';

export { displayBundle } from './notebook/displayBundle';
export { interruptSignal } from './notebook/interruptSignal';
export { closePlots } from './notebook/plotBrowser';
export { Progress } from './notebook/progress';
export { toPng, toSvg } from './notebook/renderFigure';
export { show } from './notebook/show';
export { table } from './notebook/table';
