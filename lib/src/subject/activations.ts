import type { ModelConfig } from '../model/modelConfig';
import type { Positions } from './positions';
import { siteShape, type CaptureSite } from './siteShape';

/** Where activations come from. */
export interface ActivationAxes {
  readonly positions: Positions;
  /** Of each prompt: the tokens that the model saw. */
  readonly tokens: readonly (readonly number[])[];
  readonly config: Pick<ModelConfig, 'nHeads' | 'nKvHeads'>;
}

/** What was captured at one site: a list of rows, one a prompt in the order of the prompts, that knows its axes and its tokens.
 *
 * What is computed from it (`map`, `slice`) is a plain list.
 *
 * @check test/subject/activations.test.ts
 */
export class Activations extends Array<Float32Array> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  readonly positions: Positions;
  readonly tokens: readonly (readonly number[])[];
  readonly #config: ActivationAxes['config'];

  constructor(
    readonly site: CaptureSite,
    { positions, tokens, config }: ActivationAxes,
  ) {
    super(tokens.length);
    this.positions = positions;
    this.tokens = tokens;
    this.#config = config;
  }

  /** The axes of a row: `[pos? …]`, pos where positions were not pooled; `[nHeads qPos kPos]` of an attention pattern. */
  shape(prompt = 0): number[] {
    const pos = this.positions === 'all' ? this.tokens[prompt].length : undefined;
    return siteShape(this.site, this[prompt], this.#config, pos);
  }
}
