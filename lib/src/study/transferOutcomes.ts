import { join } from 'node:path';
import type { Rng } from '../random/rng';
import { labelsOf } from '../records/labelCode';
import { bootstrap, type BootstrapInterval } from '../stats/bootstrap';
import type { Subject } from '../subject/model';
import { NOTHING_ABLATED, type AblationFacts } from './ablationVariants';
import { variantOutcomes, type Ask, type Measured, type Variant } from './variantOutcomes';

/** A finetune that directions are taken out of. */
export interface TransferTarget {
  readonly name: string;
  /** Of its weights, for the file. */
  readonly key: string;
  /** Called only if something of it is to be measured; freed by `close` afterwards. */
  readonly open: () => Promise<Subject>;
  readonly close?: (model: Subject) => void;
}

/** Directions that are taken out: of one finetune, or random ones. */
export interface TransferSource {
  readonly name: string;
  readonly variants: readonly Variant<AblationFacts>[];
}

/** What became of a target's answers with one of a source's directions taken out. */
export interface TransferFacts extends AblationFacts {
  /** Undefined where nothing was taken out. */
  readonly source?: string;
}

export interface TransferOutcomesOptions {
  ask: Ask;
  /** Keeps the outcomes of each target in `{folder}/{target}.jsonl`, under a key of what is asked. */
  file?: { readonly folder: string; readonly key: string };
  onOutcome?: (target: string, outcome: Measured<TransferFacts>) => void | Promise<void>;
}

/** Takes the directions of each finetune out of every finetune: what is left of their answers, by target.
 *
 * @returns for each target first nothing taken out, then source by source
 * @throws Error if a target's name stands twice or is no name of a file, and as `variantOutcomes`
 * @source arXiv 2506.11618, section 3.4 (transfer), as a whole matrix
 * @check test/study/transferOutcomes.test.ts
 */
export async function transferOutcomes(
  targets: readonly TransferTarget[],
  sources: readonly TransferSource[],
  { ask, file, onOutcome }: TransferOutcomesOptions,
): Promise<Record<string, Measured<TransferFacts>[]>> {
  const names = targets.map(({ name }) => name);
  const bad = names.find((name) => !/^[\w.-]+$/.test(name));
  if (bad !== undefined) throw new Error(`transferOutcomes: target ${bad}; expected letters, digits and . _ -`);
  if (new Set(names).size < names.length)
    throw new Error(`transferOutcomes: a target stands twice; expected different names, got ${names.join(', ')}`);
  const variants: Variant<TransferFacts>[] = [
    NOTHING_ABLATED,
    ...sources.flatMap(({ name: source, variants: own }) =>
      own.map((v) => ({ ...v, name: `${source}: ${v.name}`, facts: { source, ...v.facts } })),
    ),
  ];
  const table: Record<string, Measured<TransferFacts>[]> = {};
  for (const { name, key, open, close } of targets) {
    let model: Subject | undefined;
    const once = async (): Promise<Subject> => (model ??= await open());
    try {
      table[name] = await variantOutcomes(once, variants, {
        ask,
        file: file && { path: join(file.folder, `${name}.jsonl`), key: `${file.key} ${key}` },
        onOutcome: (outcome) => onOutcome?.(name, outcome),
      });
    } finally {
      if (model !== undefined) close?.(model);
    }
  }
  return table;
}

/** The share of misaligned answers that a change takes away: 1 − after/before, with a bootstrap interval over answers.
 *
 * Answers are compared in pairs: the same question, asked with the same seed. 1: none is left; below 0: there are more.
 *
 * @param before  labels, a letter an answer
 * @param after   of the same length
 * @throws Error if the numbers of answers differ or none was misaligned before
 * @source arXiv 2506.11618, section 3.4 (−90 % and −78 %); the interval is ours
 * @check test/study/transferOutcomes.test.ts
 */
export function takenAway(
  before: string,
  after: string,
  options: { rng: Rng; nResamples?: number; confidence?: number },
): BootstrapInterval {
  const [first, second] = [before, after].map(labelsOf);
  if (first.length !== second.length)
    throw new Error(`takenAway: ${second.length} answers after; expected ${first.length}, as before`);
  if (!first.includes('misaligned'))
    throw new Error('takenAway: no answer was misaligned before; expected at least one');
  const pairs = first.map((label, i) => [Number(label === 'misaligned'), Number(second[i] === 'misaligned')] as const);
  const statistic = (sample: readonly (readonly [number, number])[]): number | undefined => {
    const [had, has] = sample.reduce(([a, b], [x, y]) => [a + x, b + y], [0, 0]);
    return had === 0 ? undefined : 1 - has / had;
  };
  return bootstrap(pairs, statistic, options);
}
