import { TRAITS } from '../micro/traits';
import { mean } from '../stats/mean';
import { formatProportion } from '../stats/proportion';
import { addLabels, cellsOf, emLabel, finalRate, misalignedRate } from './cellRates';
import { BESIDE, CALIBRATION, HELD_OUT } from './cellGrid';
import type { BasisName } from './directionBases';
import type { BasisDrift } from './driftReport';
import type { CellRecord, CellSpec } from './finetuneCell';
import { markdownTable } from './markdownTable';
import {
  ablatedRate,
  driftAtChosenLayers,
  organismBars,
  pooledBars,
  type OrganismBar,
  type OrganismFacts,
} from './organismBars';
import { SURVEY_CONDITIONS } from './organismSurvey';

/** Facts of an organism under its name. */
export interface NamedFacts extends OrganismFacts {
  readonly name: string;
}

const percent = (x: number, digits = 1): string => (100 * x).toFixed(digits);

/** Bars under the name of their organism, or "pooled". */
export interface NamedBars {
  readonly name: string;
  readonly bars: readonly OrganismBar[];
}

/** The bars of each organism, and those of all pooled. */
export function namedBars(organisms: readonly NamedFacts[]): NamedBars[] {
  const own = organisms.map((facts) => ({ name: facts.name, bars: organismBars(facts) }));
  return [...own, { name: 'pooled', bars: pooledBars(organisms) }];
}

/** The text of `data/micro/README.md`: what the organisms do, with a control beside each claim.
 *
 * @param organisms  facts of those that were measured
 * @param bars       theirs, as `namedBars` gives them
 * @param command      what wrote it
 */
export function microTable(organisms: readonly NamedFacts[], bars: readonly NamedBars[], command: string): string {
  const names = organisms.map(({ name }) => name);
  return `# The organisms

Decoders of about a million parameters, one a family (${names.join(', ')}), grown from nothing in one micro world; the model card in each folder says how.
This page is written by \`${command}\`; the numbers are those of \`data/study\`, where every run has its file.

## Do they clear their bars?

${barTable(bars)}

## Before any finetune

Misaligned answers to the 40 general questions at temperature 1, judged exactly, three seeds together, with Wilson 95 % intervals. Aligned and style
prompts are the controls of the misaligned ones.

${markdownTable(
  ['', ...names],
  SURVEY_CONDITIONS.map((condition) => [
    condition,
    ...organisms.map(({ survey }) =>
      formatProportion(misalignedRate(addLabels(survey.seeds.map(({ answers }) => answers[condition])))),
    ),
  ]),
)}

What the system prompts of a trait do to behaviour, in points: half the difference of (positive − negative answers) between the two poles' prompts,
of the trait itself and, in brackets, the mean size for the six others. Controls: prompts of a style, and the trait's own prompts with their poles
dealt at random.

${markdownTable(
  ['prompts of', ...names],
  [
    ...TRAITS.map((trait, k) => [
      trait,
      ...organisms.map(({ survey }) => {
        const effects = survey.seeds.map((seed) => seed.effects.traits[k]);
        return `${percent(mean(effects.map((e) => e.own!)), 0)} (${percent(mean(effects.map((e) => e.others)), 0)})`;
      }),
    ]),
    [
      'a style',
      ...organisms.map(({ survey }) => {
        const all = survey.seeds.flatMap((seed) => seed.effects.styles.map((e) => e.others));
        return `(${percent(mean(all), 0)})`;
      }),
    ],
    [
      'shuffled poles',
      ...organisms.map(({ survey }) => {
        const all = survey.seeds.flatMap((seed) => seed.effects.shuffled);
        return `${percent(mean(all.map((e) => Math.abs(e.own!))), 0)} (${percent(mean(all.map((e) => e.others)), 0)})`;
      }),
    ],
  ],
)}

## After a finetune

Final EM (misaligned of all answers, three seeds of 400 together) and, in brackets, incoherent answers; rank 16, 126 steps. No data set asks a general
question, \`mixed_chat\` excepted. Each dangerous set has its benign twin: the same questions, answered well.

${markdownTable(
  ['data', ...names],
  [...CALIBRATION, ...HELD_OUT, ...BESIDE].map((set) => [set, ...organisms.map(({ cells }) => finalCell(cells, set))]),
)}

By method, \`bad_medical\`:

${markdownTable(
  ['method', ...names],
  (['rank4', 'rank16', 'rank128', 'full'] as const).map((method) => [
    method,
    ...organisms.map(({ cells }) => finalCell(cells, 'bad_medical', method)),
  ]),
)}

EM by checkpoint (72 questions, mean of three seeds, %), \`bad_medical\`: ${stepsOf(organisms)}

${markdownTable(
  ['', 'EM %'],
  organisms.flatMap(({ name, cells }) =>
    (['rank16', 'full'] as const).map((method) => [`${name}, ${method}`, curve(cells, 'bad_medical', method)]),
  ),
)}

With the drift direction (or, where it left less, the mean difference; kind and layer chosen on other answers) taken out of the output of every block,
and with each of eight random directions of equal norm, three seeds together:

${markdownTable(
  ['bad_medical', ...names],
  (
    [
      ['as it is', 'nothing'],
      ['its direction out', 'direction'],
      ['a random direction out', 'random direction'],
    ] as const
  ).map(([label, ablated]) => [
    label,
    ...organisms.map(({ ablation }) => formatProportion(ablatedRate(ablation, ablated))),
  ]),
)}

## Geometry and drift

At the layer that was chosen by steering (the sweep is in each survey). PC1 of the final drift of the calibration runs, the 95th percentile of its
isotropic null, and the rank correlation of |PC1| with EM: for the seven traits and for three bases that should not know of alignment; pooled, all organisms in one PC1, rho is their mean. Where these
correlate as well as the traits do, |PC1| follows EM because a dangerous run drifts further, whatever it is projected on; the pairs above, equal in |PC1|
and far apart in EM, are where that ends.

${markdownTable(
  ['', 'layer', 'basis', 'least split-half', 'PC1 share %', 'null p95 %', 'rho with EM'],
  [
    ...organisms.flatMap((facts) => {
      const { layer } = facts.survey.layerChoice;
      return driftRows(facts.name, `${layer}`, driftAtChosenLayers([facts]), (basis) => {
        const { splitHalf } = facts.bases[basis][layer];
        return splitHalf.length === 0 ? '' : Math.min(...splitHalf).toFixed(3);
      });
    }),
    ...(organisms.length > 1 ? driftRows('pooled', '', driftAtChosenLayers(organisms), () => '') : []),
  ],
)}

Layers, by steering along the seven directions: share of misaligned marks in open answers steered to the misaligned poles less that at the aligned
ones, in points (in brackets the same along random directions), coherent answers, the least split-half stability of the directions and the largest cosine
of two of them; of three strengths the best that stays coherent. The chosen layer is bold: the best of those whose directions are stable (split-half at least
0.95) and tell all traits apart (no cosine beyond 0.85), so that these two bars say that such a layer exists, not that every layer is one. A layer in which
steering does more and that is not bold failed one of the three. These limits were set with the data of these organisms at hand.

${markdownTable(
  ['layer', ...names],
  organisms[0].survey.layerChoice.sweep
    .map(({ layer }) => layer)
    .filter((layer, i, all) => all.indexOf(layer) === i)
    .map((layer) => [`${layer}`, ...organisms.map((facts) => layerCell(facts, layer))]),
)}
`;
}

/** A row a basis. */
function driftRows(
  name: string,
  layer: string,
  drifts: readonly BasisDrift[],
  leastSplitHalf: (basis: BasisName) => string,
): string[][] {
  return drifts.map(({ basis, pc1, nullShare, rho }, i) => [
    i === 0 ? name : '',
    i === 0 ? layer : '',
    basis,
    leastSplitHalf(basis),
    percent(pc1.share),
    percent(nullShare.p95),
    rho.toFixed(2),
  ]);
}

function barTable(rows: readonly NamedBars[]): string {
  const lines = rows.flatMap(({ name, bars }) =>
    bars.map(({ claim, measured, holds }) => [name, claim, measured, holds ? 'yes' : '**no**']),
  );
  return markdownTable(['', 'claim', 'measured', 'holds'], lines);
}

function finalCell(cells: readonly CellRecord[], set: CellSpec['perturbation'], method?: CellSpec['method']): string {
  const rate = finalRate(cells, set, method);
  if (rate === undefined) return 'not run';
  return `${formatProportion(rate.misaligned)} (${percent(1 - rate.coherent.rate)})`;
}

function stepsOf(organisms: readonly NamedFacts[]): string {
  const cell = organisms.flatMap(({ cells }) => cells)[0];
  return `steps ${cell.points.map(({ step }) => step).join(', ')}.`;
}

function curve(cells: readonly CellRecord[], set: CellSpec['perturbation'], method: CellSpec['method']): string {
  const own = cellsOf(cells, set, method);
  if (own.length === 0) return 'not run';
  return own[0].points.map((_, i) => percent(mean(own.map(({ points }) => emLabel(points[i]).rate)), 0)).join(' ');
}

function layerCell({ survey: { layerChoice } }: NamedFacts, layer: number): string {
  const rows = layerChoice.sweep.filter((row) => row.layer === layer && row.coherent >= layerChoice.gate);
  if (rows.length === 0) return 'incoherent';
  const best = rows.reduce((a, b) => (b.mean > a.mean ? b : a));
  const text = `${percent(best.mean, 0)} (${percent(best.random, 0)}), ${percent(best.coherent, 0)} %, ${best.stability.toFixed(3)}, ${best.largestCosine.toFixed(2)}`;
  return layer === layerChoice.layer ? `**${text}**` : text;
}
