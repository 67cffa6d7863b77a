import { capture } from '../subject/capture';
import { chosenLayers } from '../subject/chosenLayers';
import type { Prompt } from '../subject/encodePrompts';
import { encodePrompts } from '../subject/encodePrompts';
import type { Subject } from '../subject/model';
import { countedPositions } from '../subject/positions';
import { residPostSites } from '../subject/residPostSites';
import { cosine } from '../stats/cosine';
import { norm } from '../stats/dot';
import { mean } from '../stats/mean';

/** How alike two changes of a model are after a block. */
export interface DownstreamCosine {
  readonly layer: number;
  /** Cosine of the mean differences of the residual stream. */
  readonly ofMeans: number;
  /** Mean over tokens of the cosine of the two differences; tokens where one of them is zero are left out. */
  readonly ofTokens: number;
  /** Mean over tokens of the norm of each difference. */
  readonly norms: readonly [number, number];
  /** Tokens with both differences. */
  readonly nTokens: number;
}

export interface DownstreamCosinesOptions {
  /** Blocks after which residuals are compared (default all); those before both changes have no difference. */
  layers?: readonly number[];
  /** Tokens that count: all, or those of the answers (default 'response'). */
  tokens?: 'all' | 'response';
  /** Prompts per forward pass, default 32. */
  batchSize?: number;
}

/** Whether two changes of a model, as an adapter and a vector added, come to the same in later blocks: the differences that each makes to the
 * residual stream of the same tokens, and their cosine block by block.
 *
 * @param model    unchanged
 * @param changed  the same model with each change: `model.with({ adapter })`, `model.with({ hooks: steer(…) })`
 * @param prompts  with answers, if these count
 * @throws Error if there is no prompt, a block is none, or neither or only one of the two changes anything there
 * @source arXiv 2506.11618, appendix D (Figure 14)
 * @check test/measure/downstreamCosines.test.ts (transformers and NumPy)
 */
export async function downstreamCosines(
  model: Subject,
  changed: readonly [Subject, Subject],
  prompts: readonly Prompt[],
  { layers, tokens = 'response', batchSize = 32 }: DownstreamCosinesOptions = {},
): Promise<DownstreamCosine[]> {
  const chosen = chosenLayers('downstreamCosines', layers, model.config);
  if (prompts.length === 0) throw new Error('downstreamCosines: no prompts; expected at least one');
  const sites = chosen.map((layer) => residPostSites(model.config)[layer]);
  const samples = encodePrompts('downstreamCosines', model, prompts);
  const d = model.config.dModel;
  const sums = sites.map(() => ({
    totals: [new Float64Array(d), new Float64Array(d)] as const,
    norms: [[], []] as readonly [number[], number[]],
    cosines: [] as number[],
  }));
  for (let start = 0; start < samples.length; start += batchSize) {
    const batch = samples.slice(start, start + batchSize);
    const look = { sites, positions: 'all', batchSize } as const;
    const base = await capture(model, batch, look);
    const others = [await capture(changed[0], batch, look), await capture(changed[1], batch, look)];
    for (const [b, sample] of batch.entries()) {
      const counted = tokens === 'all' ? sample.tokens.map(() => true) : countedPositions(sample, 'responseMean');
      for (const [s, site] of sites.entries()) {
        for (const at of counted.flatMap((isCounted, i) => (isCounted ? [i * d] : []))) {
          const differences = others.map((other) =>
            Float64Array.from({ length: d }, (_, j) => other[site][b][at + j] - base[site][b][at + j]),
          );
          const norms = differences.map(norm);
          differences.forEach((x, k) => {
            x.forEach((v, j) => (sums[s].totals[k][j] += v));
            sums[s].norms[k].push(norms[k]);
          });
          if (norms.every((n) => n > 0)) sums[s].cosines.push(cosine(differences[0], differences[1]));
        }
      }
    }
  }
  return sums.map(({ totals, norms, cosines }, s) => {
    if (cosines.length === 0 || totals.some((t) => norm(t) === 0))
      throw new Error(`downstreamCosines: no difference after block ${chosen[s]}; expected blocks from where both changes are made on`); // prettier-ignore
    return {
      layer: chosen[s],
      ofMeans: cosine(totals[0], totals[1]),
      ofTokens: mean(cosines),
      norms: [mean(norms[0]), mean(norms[1])],
      nTokens: cosines.length,
    };
  });
}
