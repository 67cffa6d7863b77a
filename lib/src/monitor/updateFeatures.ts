import { fixedFeatures } from './fixedFeatures';

const BLOCK = /(?:^|\.)(?:layers|blocks|h)\.(\d+)\./;

/** √Σ ‖ΔW‖_F² over the trained weights of each block, and of those in no block if there are any.
 *
 * @source arXiv 2606.07631, second version (update norm per layer)
 */
export const layerUpdateFeatures = fixedFeatures(
  'update norm per layer',
  ({ cell: { updates, residuals }, checkpoint }) => {
    const { weights, norms } = updates;
    const blocks = weights.map((name) => Number(BLOCK.exec(name)?.[1] ?? residuals.nLayers));
    const squares = new Array<number>(Math.max(residuals.nLayers, 1 + Math.max(-1, ...blocks))).fill(0);
    blocks.forEach((block, i) => (squares[block] += norms[checkpoint * weights.length + i] ** 2));
    return squares.map(Math.sqrt);
  },
);
