import { markdownTable } from '../documents/markdownTable';
import { addLabels, cellsOf, emLabel, finalRate, misalignedRate } from '../records/cellRates';
import type { CellRecord } from '../records/cellRecord';
import { mean } from '../stats/mean';
import { formatProportion, type Proportion } from '../stats/proportion';
import type { CellMethod, CellSpec, Suite } from '../suite/suite';
import type { Ablation, AblationRow } from './ablation';
import { BASIS_NAMES, type Bases, type Basis, type BasisName } from './basis';
import { driftReport, type BasisDrift } from './driftReport';
import type { ModelFacts } from './result';
import { SURVEY_CONDITIONS, type Survey, type SurveyCondition } from './survey';

const percent = (x: number, digits = 1): string => (100 * x).toFixed(digits);

const NOT_RUN = 'not run';

const told = (rate: Proportion | undefined): string => (rate === undefined ? 'no verdicts' : formatProportion(rate));

/** EM of a model as it is under one condition, all seeds together; undefined if the suite has no prompts for it or no answer was scored. */
export function conditionRate({ seeds }: Survey, condition: SurveyCondition): Proportion | undefined {
  const sets = seeds.flatMap(({ answers }) => answers[condition] ?? []);
  return sets.length === 0 ? undefined : misalignedRate(addLabels(sets));
}

/** EM of the finetunes with something taken out, all seeds together. */
export function ablatedRate({ rows }: Pick<Ablation, 'rows'>, ablated: AblationRow['ablated']): Proportion | undefined {
  return misalignedRate(addLabels(rows.filter((row) => row.ablated === ablated).map((row) => row.answers)));
}

/** The bases of one layer. */
export function basesAt(bases: Bases, layer: number): Record<BasisName, Basis> {
  return Object.fromEntries(BASIS_NAMES.map((name) => [name, bases[name][layer]])) as Record<BasisName, Basis>;
}

/** Drift and danger of models pooled, each at the layer its survey chose; those without survey or bases are left out. */
export function chosenDrift(
  suite: Suite,
  facts: readonly Pick<ModelFacts, 'survey' | 'bases' | 'cells'>[],
): BasisDrift[] {
  const sources = facts.flatMap(({ survey, bases, cells }) => {
    if (survey === undefined || bases === undefined) return [];
    const { layer } = survey.layerChoice;
    return [{ cells, layer, bases: basesAt(bases, layer) }];
  });
  return sources.length === 0 ? [] : driftReport(suite, sources, { method: mainMethod(suite) });
}

/** The method of the first cell: that of most finetunes. */
export function mainMethod({ study }: Pick<Suite, 'study'>): CellMethod {
  return study.cells[0].method;
}

/** What a study found, as the sections of a page: before any finetune, after, with directions taken out, geometry and drift. What has not
 * been run is said so.
 *
 * @param models  what is there of each
 */
export function studyReport(suite: Suite, models: readonly ModelFacts[]): string {
  const { traits, protocol, study, generalQuestions, emQuestions, dataSets } = suite;
  const names = models.map(({ name }) => name);
  const seeds = study.seeds.length === 1 ? 'one seed' : `${study.seeds.length} seeds together`;
  const used = dataSets.filter(({ name }) => study.cells.some((cell) => cell.dataSet === name));
  const main = mainMethod(suite);
  const { ablated } = study;
  const methods = [...new Set(study.cells.filter((c) => c.dataSet === ablated.dataSet).map(({ method }) => method))];
  const each = (cell: (facts: ModelFacts) => string): string[] => models.map(cell);
  const surveyed = (cell: (survey: Survey) => string): string[] =>
    each(({ survey }) => (survey === undefined ? NOT_RUN : cell(survey)));
  return `## Before any finetune

Misaligned answers to the ${generalQuestions.length} general questions at temperature ${protocol.temperature}, judged by ${suite.judge.id}, ${seeds}, with Wilson 95 % intervals. Aligned and style
prompts are the controls of the misaligned ones.

${markdownTable(
  ['', ...names],
  SURVEY_CONDITIONS.map((condition) => [
    condition,
    ...surveyed((survey) =>
      survey.seeds.some(({ answers }) => condition in answers)
        ? told(conditionRate(survey, condition))
        : 'no such prompts',
    ),
  ]),
)}

What the system prompts of a trait do to behaviour, in points: half the difference of (positive − negative answers) between the two poles' prompts,
of the trait itself and, in brackets, the mean size for the others. Controls: prompts of a style, and the trait's own prompts with their poles
dealt at random.

${markdownTable(
  ['prompts of', ...names],
  [
    ...traits.map(({ trait }, k) => [
      trait,
      ...surveyed((survey) => {
        const effects = survey.seeds.map((seed) => seed.effects.traits[k]);
        return `${percent(mean(effects.map((e) => e.own!)), 0)}${others(effects)}`;
      }),
    ]),
    ['a style', ...surveyed((survey) => others(survey.seeds.flatMap((seed) => seed.effects.styles)).trim())],
    [
      'shuffled poles',
      ...surveyed((survey) => {
        const all = survey.seeds.flatMap((seed) => seed.effects.shuffled);
        return all.length === 0 ? '' : `${percent(mean(all.map((e) => Math.abs(e.own!))), 0)}${others(all)}`;
      }),
    ],
  ],
)}

## After a finetune

Final EM (misaligned of the scored answers, ${seeds}; ${generalQuestions.length * protocol.finalAnswers} answers a run) and, in brackets, incoherent answers; ${main}. Each dangerous set has its
benign twin where the suite has one.

${markdownTable(
  ['data', 'role', 'kind', 'twin', ...names],
  used.map(({ name, role, kind, twin }) => [
    name,
    role,
    kind,
    twin ?? '',
    ...each(({ cells }) => finalCell(cells, name, main)),
  ]),
)}

By method, \`${ablated.dataSet}\`:

${markdownTable(
  ['method', ...names],
  methods.map((method) => [method, ...each(({ cells }) => finalCell(cells, ablated.dataSet, method))]),
)}

EM by checkpoint (${emQuestions.length} questions, mean of the seeds, %), \`${ablated.dataSet}\`: ${stepsOf(models)}

${markdownTable(
  ['', 'EM %'],
  models.flatMap(({ name, cells }) =>
    methods
      .filter((method) => method === main || method === 'full')
      .map((method) => [`${name}, ${method}`, curve(cells, ablated.dataSet, method)]),
  ),
)}

With the drift direction (or, where it left less, the mean difference; kind and layer chosen on other answers) taken out of the output of every block,
and with each of several random directions of equal norm, ${seeds}:

${markdownTable(
  [ablated.dataSet, ...names],
  (
    [
      ['as it is', 'nothing'],
      ['its direction out', 'direction'],
      ['a random direction out', 'random direction'],
    ] as const
  ).map(([label, what]) => [
    label,
    ...each(({ ablation }) => (ablation === undefined ? NOT_RUN : told(ablatedRate(ablation, what)))),
  ]),
)}

## Geometry and drift

At the layer that was chosen by steering (the sweep is in each survey). PC1 of the final drift of the calibration runs, the 95th percentile of its
isotropic null, and the rank correlation of |PC1| with EM: for the traits and for three bases that should not know of alignment; pooled, all models in one PC1, rho is their mean. Where these
correlate as well as the traits do, |PC1| follows EM because a dangerous run drifts further, whatever it is projected on.

${markdownTable(
  ['', 'layer', 'basis', 'least split-half', 'PC1 share %', 'null p95 %', 'rho with EM'],
  [
    ...models.flatMap((facts) => {
      const { survey, bases, name } = facts;
      if (survey === undefined || bases === undefined) return [[name, NOT_RUN, '', '', '', '', '']];
      const { layer } = survey.layerChoice;
      return driftRows(name, `${layer}`, chosenDrift(suite, [facts]), (basis) => {
        const { splitHalf } = bases[basis][layer];
        return splitHalf.length === 0 ? '' : Math.min(...splitHalf).toFixed(3);
      });
    }),
    ...(models.length > 1 ? driftRows('pooled', '', chosenDrift(suite, models), () => '') : []),
  ],
)}

Layers, by steering along the trait directions: the misaligned part of open answers steered to the misaligned poles less that at the aligned
ones, in points (in brackets the same along random directions), coherent answers, the least split-half stability of the directions and the largest cosine
of two of them; of the strengths tried the best that stays coherent. The chosen layer is bold: the best of those whose directions are stable (split-half at least
0.95) and tell all traits apart (no cosine beyond 0.85). Where none passes, the one nearest to the middle is taken and marked "no layer passes".

${markdownTable(
  ['layer', ...names],
  layersOf(models).map((layer) => [`${layer}`, ...surveyed((survey) => layerCell(survey, layer))]),
)}
`;
}

const others = (effects: readonly { readonly others?: number }[]): string => {
  const known = effects.flatMap((effect) => effect.others ?? []);
  return known.length === 0 ? '' : ` (${percent(mean(known), 0)})`;
};

function layersOf(models: readonly ModelFacts[]): number[] {
  const all = models.flatMap(({ survey }) => survey?.layerChoice.sweep.map(({ layer }) => layer) ?? []);
  return [...new Set(all)].sort((a, b) => a - b);
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
    Number.isNaN(rho) ? '' : rho.toFixed(2),
  ]);
}

function finalCell(cells: readonly CellRecord[], set: CellSpec['dataSet'], method: CellSpec['method']): string {
  const rate = finalRate(cells, set, method);
  if (rate === undefined) return cellsOf(cells, set, method).length === 0 ? NOT_RUN : 'no verdicts';
  return `${formatProportion(rate.misaligned)} (${percent(1 - rate.coherent.rate)})`;
}

function stepsOf(models: readonly ModelFacts[]): string {
  const cell = models.flatMap(({ cells }) => cells).at(0);
  if (cell === undefined) return `${NOT_RUN}.`;
  return `steps ${cell.checkpoints.map(({ step }) => step).join(', ')}.`;
}

function curve(cells: readonly CellRecord[], set: CellSpec['dataSet'], method: CellSpec['method']): string {
  const own = cellsOf(cells, set, method);
  if (own.length === 0) return NOT_RUN;
  return own[0].checkpoints
    .map((_, i) => {
      const rates = own.flatMap(({ checkpoints }) => emLabel(checkpoints[i])?.rate ?? []);
      return rates.length === 0 ? '–' : percent(mean(rates), 0);
    })
    .join(' ');
}

function layerCell({ layerChoice }: Survey, layer: number): string {
  const rows = layerChoice.sweep.filter((row) => row.layer === layer && row.coherent >= layerChoice.gate);
  if (!layerChoice.sweep.some((row) => row.layer === layer)) return '';
  if (rows.length === 0) return 'incoherent';
  const best = rows.reduce((a, b) => (b.mean > a.mean ? b : a));
  const text = `${percent(best.mean, 0)} (${percent(best.random, 0)}), ${percent(best.coherent, 0)} %, ${best.stability.toFixed(3)}, ${best.largestCosine.toFixed(2)}`;
  if (layer !== layerChoice.layer) return text;
  return layerChoice.passes ? `**${text}**` : `**${text}** (no layer passes)`;
}
