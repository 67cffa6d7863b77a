import { adapterDeltas } from '../lora/adapterDeltas';
import type { Adapter } from '../lora/adapter';
import type { Decoder, Deltas, Params, Runnable } from '../model/decoder';
import { mergeHooks, type Hooks } from '../model/hookSite';
import type { ModelConfig } from '../model/modelConfig';
import type { SystemRole } from '../tokenizer/systemRole';
import type { Tokenizer } from '../tokenizer/tokenizer';

/** What an analysis needs of a language model. A `Model` has it all; a bare `Decoder` serves where prompts are tokens. */
export interface Subject extends Runnable {
  readonly tokenizer?: Tokenizer;
  /** Where a system message goes (default 'template'). */
  readonly systemRole?: SystemRole;
  /** sha256 of the base's configuration and weights. */
  readonly hash?: string;
  readonly dir?: string;
}

/** What a new value has in place of the old one's. */
export interface ModelChange {
  /** An adapter, in place of any the model has. */
  readonly adapter?: Pick<Adapter, 'targets' | 'params'>;
  /** Low-rank changes of weights, in place of any the model has: what `adapterDeltas` makes of an adapter. */
  readonly deltas?: Deltas;
  /** Weights by name that take the place of the model's. */
  readonly params?: Params;
  /** Hooks, run after those the model has. */
  readonly hooks?: Hooks;
  readonly tokenizer?: Tokenizer;
  readonly systemRole?: SystemRole;
}

interface ModelParts extends Omit<ModelChange, 'adapter' | 'tokenizer'> {
  /** Loads it the first time; undefined where there is none. */
  readonly tokenizer?: () => Tokenizer;
}

/** A language model as one value: weights, tokenizer, adapter or replaced weights, hooks. It is the first argument of every analysis.
 *
 * Nothing in it changes when it is used; `with` gives a new value over the same weights, which stay those of the value they came
 * with (`disposeModel`). A copy by `{ ...model }` is no model: use `with`.
 */
export class Model implements Subject {
  /** Weights by name: those of the base, or what takes their place. */
  readonly params: Params;

  constructor(
    /** The weights as they were loaded. */
    readonly base: Decoder,
    private readonly parts: ModelParts,
  ) {
    const unknown = Object.keys(parts.params ?? {}).filter((name) => !(name in base.params));
    if (unknown.length > 0)
      throw new Error(`Model: no weight ${unknown.join(', ')}; expected params by names of the model's weights`);
    this.params = parts.params === undefined ? base.params : { ...base.params, ...parts.params };
  }

  get config(): ModelConfig {
    return this.base.config;
  }

  /** The folder of the base; undefined for one made in memory. */
  get dir(): string | undefined {
    return this.base.dir;
  }

  /** sha256 over configuration and weights of the base, in hexadecimal; computed when first asked for. */
  get hash(): string {
    return this.base.hash;
  }

  get hasTokenizer(): boolean {
    return this.parts.tokenizer !== undefined;
  }

  /** @throws Error if there is none */
  get tokenizer(): Tokenizer {
    if (this.parts.tokenizer === undefined) throw noTokenizer('Model', this);
    return this.parts.tokenizer();
  }

  get deltas(): Deltas | undefined {
    return this.parts.deltas;
  }

  get hooks(): Hooks | undefined {
    return this.parts.hooks;
  }

  get systemRole(): SystemRole | undefined {
    return this.parts.systemRole;
  }

  /** Whether weights are replaced or an adapter is on. */
  get isTuned(): boolean {
    return this.parts.params !== undefined || this.parts.deltas !== undefined;
  }

  /** A new value over the same weights.
   *
   * @throws Error if both an adapter and deltas are given, or params of another model
   */
  with(change: ModelChange): Model {
    return new Model(this.base, this.partsWith(change));
  }

  /** What a changed value is made of. */
  partsWith({ adapter, deltas, hooks, tokenizer, ...change }: ModelChange): ModelParts {
    if (adapter !== undefined && deltas !== undefined)
      throw new Error('Model.with: adapter and deltas; expected one of them (sumDeltas adds several adapters up)');
    return {
      ...this.parts,
      ...change,
      deltas: adapter === undefined ? (deltas ?? this.deltas) : adapterDeltas(adapter),
      hooks: hooks === undefined ? this.hooks : mergeHooks(this.hooks ?? {}, hooks),
      tokenizer: tokenizer === undefined ? this.parts.tokenizer : () => tokenizer,
    };
  }
}

/** A subject with hooks that run after those it has. */
export function withHooks(model: Subject, hooks: Hooks): Subject {
  return model instanceof Model ? model.with({ hooks }) : { ...model, hooks: mergeHooks(model.hooks ?? {}, hooks) };
}

/** The tokenizer of a subject, if it has one. */
export function maybeTokenizer(model: Subject): Tokenizer | undefined {
  return model instanceof Model && !model.hasTokenizer ? undefined : model.tokenizer;
}

/** The tokenizer of a subject.
 *
 * @param where  function named in the message
 * @throws Error if it has none
 */
export function tokenizerOf(where: string, model: Subject): Tokenizer {
  const tokenizer = maybeTokenizer(model);
  if (tokenizer === undefined) throw noTokenizer(where, model);
  return tokenizer;
}

function noTokenizer(where: string, { dir }: Pick<Subject, 'dir'>): Error {
  return new Error(`${where}: ${dir ?? 'the model'} has no tokenizer; expected one, or prompts that are tokens`);
}
