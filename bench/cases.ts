import { parseConfig } from 'traitlab/model/parseConfig';
import type { ModelConfig } from 'traitlab/model/modelConfig';

/** What is measured; `torch_reference.py` reads the same list as JSON. */
export type BenchCase =
  | { readonly kind: 'matmul'; readonly size: number; readonly form: 'NN' | 'NT' | 'TN' | 'TT' }
  | {
      readonly kind: 'layer' | 'train' | 'decode';
      readonly model: BenchModel;
      readonly batch: number;
      readonly pos: number;
    };

export interface BenchModel {
  readonly d: number;
  readonly heads: number;
  readonly mlp: number;
  readonly layers: number;
  readonly vocab: number;
}

const layer256: BenchModel = { d: 256, heads: 4, mlp: 704, layers: 1, vocab: 16 };
const layer1024: BenchModel = { d: 1024, heads: 16, mlp: 2816, layers: 1, vocab: 16 };
const small: BenchModel = { d: 128, heads: 4, mlp: 352, layers: 4, vocab: 512 };
const large: BenchModel = { d: 1024, heads: 16, mlp: 2816, layers: 4, vocab: 512 };

/** Every case, in the order in which it is run and printed. For `decode`, pos is the number of tokens generated. */
export const cases: readonly BenchCase[] = [
  ...[256, 512, 1024].flatMap((size) =>
    (['NN', 'NT', 'TN', 'TT'] as const).map((form) => ({ kind: 'matmul' as const, size, form })),
  ),
  { kind: 'layer', model: layer256, batch: 16, pos: 128 },
  { kind: 'layer', model: layer1024, batch: 4, pos: 128 },
  { kind: 'train', model: small, batch: 32, pos: 64 },
  { kind: 'decode', model: small, batch: 1, pos: 48 },
  { kind: 'decode', model: small, batch: 64, pos: 48 },
  { kind: 'decode', model: large, batch: 1, pos: 16 },
];

/** A case's name in tables. */
export function caseName(c: BenchCase): string {
  if (c.kind === 'matmul') return `matmul ${c.size} ${c.form}`;
  const { d, layers } = c.model;
  if (c.kind === 'layer') return `layer forward d=${d}, ${c.batch} x ${c.pos}`;
  if (c.kind === 'train') return `training step, ${layers} layers d=${d}, ${c.batch} x ${c.pos}`;
  return `decode, ${layers} layers d=${d}, batch ${c.batch}`;
}

/** The unit of a case's results, and whether more is better. */
export function caseUnit(c: BenchCase): { unit: string; moreIsBetter: boolean } {
  if (c.kind === 'matmul') return { unit: 'GF/s', moreIsBetter: true };
  if (c.kind === 'decode') return { unit: 'tokens/s', moreIsBetter: true };
  return { unit: 'ms', moreIsBetter: false };
}

/** The Llama configuration of a bench model. */
export function modelConfig({ d, heads, mlp, layers, vocab }: BenchModel): ModelConfig {
  const source = {
    model_type: 'llama',
    hidden_size: d,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    intermediate_size: mlp,
    vocab_size: vocab,
    tie_word_embeddings: false,
  };
  return parseConfig(source, 'bench');
}
