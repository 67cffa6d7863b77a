import type { Positions } from '../subject/positions';
import type { HookSite } from '../model/hookSite';
import type { StoredVector } from './vectorFile';

/** What stands beside a vector in its file, as text. */
export type VectorFacts = StoredVector['metadata'];

/** A vector of the residual stream that knows what it is: an array of numbers, with what its file says beside them.
 *
 * What is computed from it (`map`, `slice`) is a plain Float64Array: it is another vector.
 */
export class SiteVector extends Float64Array {
  static get [Symbol.species](): Float64ArrayConstructor {
    return Float64Array;
  }

  /** @param facts  asked for when needed: the hash of a large model takes its time */
  constructor(
    values: ArrayLike<number>,
    readonly site: HookSite,
    readonly kind: string,
    private readonly facts: () => VectorFacts,
  ) {
    super(values);
  }

  get metadata(): VectorFacts {
    return this.facts();
  }

  /** As `saveVector` takes it.
   *
   * @param more  what only the caller knows or knows better, as `layerRule` where a search has chosen the layer
   */
  stored(more: VectorFacts = {}): StoredVector {
    const { site, kind, metadata } = this;
    return { vector: Float32Array.from(this), site, kind, metadata: { ...metadata, ...more } };
  }
}

/** What every vector made from activations can say of itself; what is not known is left out.
 *
 * @param model  the base it was made on
 */
export function vectorFacts(
  model: { readonly hash?: string },
  pooling: Positions,
  more: Readonly<Record<string, string | undefined>> = {},
): VectorFacts {
  const facts = { modelHash: model.hash, layerRule: 'given', pooling, ...more };
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined));
}
