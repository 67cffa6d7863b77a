import type { HookSite } from '../model/hookSite';
import type { Positions } from '../subject/positions';

/** What is known of a vector besides site and kind, as text: modelHash (`Model.hash` of the base), templateHash (`Tokenizer.templateHash` of
 * what made the prompts; `checkVector` refuses other ones of either), layerRule (how the layer was chosen; `given` where
 * the caller named it), pooling (of `Positions`), trait, weighting, header (whether it counted), like and randomState of a random control. */
export type VectorFacts = Readonly<Record<string, string>>;

/** What a direction is. */
export interface DirectionAbout {
  /** Where it belongs. */
  readonly site: HookSite;
  /** trait, meanDifference, persona, drift, random, control, or a name of yours. */
  readonly kind: string;
  /** `raw` is in units of the residual stream, `unit` has norm 1. */
  readonly scale: 'raw' | 'unit';
  /** What else is known: where it comes from. Asked for when needed, because the hash of a large model takes its time. Default nothing. */
  readonly facts?: () => VectorFacts;
}

/** A direction of the residual stream that knows where it belongs, what it is and where it comes from: an array of numbers [dModel].
 *
 * Everything that takes a vector takes one. What is computed from it (`map`, `slice`) is a plain Float64Array: it is another vector.
 */
export class Direction extends Float64Array {
  static get [Symbol.species](): Float64ArrayConstructor {
    return Float64Array;
  }

  readonly site: HookSite;
  readonly kind: string;
  readonly scale: 'raw' | 'unit';
  readonly #facts: () => VectorFacts;

  constructor(values: ArrayLike<number>, { site, kind, scale, facts = () => ({}) }: DirectionAbout) {
    super(values);
    this.site = site;
    this.kind = kind;
    this.scale = scale;
    this.#facts = facts;
  }

  /** The numbers as they are stored, [dModel] float32. */
  get vector(): Float32Array {
    return Float32Array.from(this);
  }

  get metadata(): VectorFacts {
    return this.#facts();
  }

  /** The same numbers with more said of them, as `layerRule` where a search has chosen the layer. */
  about(more: VectorFacts): Direction {
    const { site, kind, scale } = this;
    return new Direction(this, { site, kind, scale, facts: () => ({ ...this.metadata, ...more }) });
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
