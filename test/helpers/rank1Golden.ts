import { projectPath } from 'traitlab/disk/projectPath';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import type { Adapter } from 'traitlab/lora/adapter';
import type { HookSite } from 'traitlab/model/hookSite';
import type { Model } from 'traitlab/subject/model';
import type { TokenSample } from 'traitlab/subject/positions';
import { golden } from './golden';
import { tinyModel } from './tinyModel';

/** What a base with its rank-1 adapter says in PEFT and torch. */
interface Rank1Base {
  /** [sample] A·x by site, [pos]. */
  readonly scalars: readonly Readonly<Record<HookSite, readonly number[]>>[];
  /** Logits of sample 1, [pos dVocab], with B of the blocks named multiplied and of all others zero. */
  readonly subsets: readonly {
    readonly factors: Readonly<Record<string, number>>;
    readonly logits: readonly (readonly number[])[];
  }[];
  /** Logits of sample 1, whose prompt is longer, and 2, whose prompt is shorter, with the scalars of the prompt of sample 0. */
  readonly patched: Readonly<Record<'longer' | 'shorter', readonly (readonly number[])[]>>;
  /** [sample] */
  readonly significance: readonly Readonly<
    Record<'tunedToChat' | 'chatToTuned', { readonly kl: number; readonly scores: readonly number[] }>
  >[];
}

/** A base, its adapter on down_proj of every block, and what is known of them. */
export interface Rank1Case extends Rank1Base {
  readonly name: string;
  readonly base: Model;
  readonly adapter: Adapter;
  readonly samples: readonly Required<TokenSample>[];
}

export const rank1Names = ['llama/gqa-tied-llama3', 'families/gemma2'] as const;

/** One of the two of test/goldens/rank1, loaded; the caller disposes of base and adapter, or leaves them to the end of the process. */
export async function rank1Case(name: (typeof rank1Names)[number]): Promise<Rank1Case> {
  const read = golden<{ samples: { tokens: number[]; start: number }[]; bases: Record<string, Rank1Base> }>('rank1');
  const base = await tinyModel(name);
  const adapter = loadAdapter(projectPath('test/goldens/rank1', name.split('/')[1]), base.config);
  const samples = read.samples.map(({ tokens, start }) => ({
    tokens,
    responseMask: tokens.map((_, at) => at >= start),
  }));
  return { name, base, adapter, samples, ...read.bases[name] };
}
