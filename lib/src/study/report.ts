import { markdownTable } from '../documents/markdownTable';
import type { PromptEffect } from '../measure/promptEffects';
import { askedTraits } from '../measure/traitBehaviour';
import { BASELINES } from '../records/baselines';
import { addLabels, cellsOf, emLabel, finalRate, misalignedRate } from '../records/cellRates';
import type { CellRecord } from '../records/cellRecord';
import { mean } from '../stats/mean';
import { formatProportion, type Proportion } from '../stats/proportion';
import type { CellMethod, CellSpec, Suite } from '../suite/suite';
import type { Ablation, AblationRow } from './ablation';
import { BASIS_NAMES, type Bases, type Basis, type BasisName } from './basis';
import { baselineCorrelations, driftReport, type BasisDrift } from './driftReport';
import type { DriftSource } from './calibrationPc1';
import type { ModelFacts } from './result';
import { SURVEY_CONDITIONS, type Survey, type SurveyCondition } from './survey';

const percent = (x: number, digits = 1): string => (100 * x).toFixed(digits);

const NOT_RUN = 'not run';
const NOT_ASKED = 'not asked';

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
  const sources = sourcesOf(facts);
  return sources.length === 0 ? [] : driftReport(suite, sources, { method: mainMethod(suite) });
}

/** Models at the layer that their survey chose; those without survey or bases are left out. */
function sourcesOf(facts: readonly Pick<ModelFacts, 'survey' | 'bases' | 'cells'>[]): DriftSource[] {
  return facts.flatMap(({ survey, bases, cells }) => {
    if (survey === undefined || bases === undefined) return [];
    const { layer } = survey.layerChoice;
    return [{ cells, layer, bases: basesAt(bases, layer) }];
  });
}

/** The method of the first cell: that of most finetunes; undefined without cells. */
export function mainMethod({ study }: Pick<Suite, 'study'>): CellMethod | undefined {
  return study.cells.at(0)?.method;
}

/** What a study found, as the sections of a page: before any finetune, after, with directions taken out, geometry and drift. What has not
 * been run is said so.
 *
 * @param models  what is there of each
 * @check test/study/report.test.ts
 */
export function studyReport(suite: Suite, models: readonly ModelFacts[]): string {
  const sections = [beforeSection(suite, models), afterSection(suite, models), geometrySection(suite, models)];
  return sections.join('\n');
}

const namesOf = (models: readonly ModelFacts[]): string[] => models.map(({ name }) => name);
const seedsOf = ({ study }: Suite): string => study.seeds.length === 1 ? 'one seed' : `${study.seeds.length} seeds together`; // prettier-ignore

/** A cell for each model that was surveyed. */
const surveyed = (models: readonly ModelFacts[], cell: (survey: Survey) => string): string[] =>
  models.map(({ survey }) => (survey === undefined ? NOT_RUN : cell(survey)));

function beforeSection(suite: Suite, models: readonly ModelFacts[]): string {
  const { protocol, generalQuestions, judge } = suite;
  return `## Before any finetune

Misaligned answers to the ${generalQuestions.length} general questions at temperature ${protocol.temperature}, judged by ${judge.id}, ${seedsOf(suite)}, with Wilson 95 % intervals. Aligned and style
prompts are the controls of the misaligned ones.

${markdownTable(
  ['', ...namesOf(models)],
  SURVEY_CONDITIONS.map((condition) => [
    condition,
    ...surveyed(models, (survey) =>
      survey.seeds.some(({ answers }) => condition in answers)
        ? told(conditionRate(survey, condition))
        : 'no such prompts',
    ),
  ]),
)}

${promptEffectsTable(suite, models)}
`;
}

function promptEffectsTable(suite: Suite, models: readonly ModelFacts[]): string {
  const asked = askedTraits(suite);
  if (asked.length === 0)
    return 'What the system prompts of a trait do to behaviour is not known: the suite has no behaviour questions.';
  const ofTrait = (trait: string): string[] =>
    surveyed(models, ({ seeds }) => {
      const effects = seeds.flatMap((seed) => seed.effects.traits.filter(({ named }) => named === trait));
      return `${ownEffect(effects, (own) => own)}${others(effects)}`.trim() || NOT_ASKED;
    });
  const styles = surveyed(
    models,
    ({ seeds }) => others(seeds.flatMap((seed) => seed.effects.styles)).trim() || NOT_ASKED,
  );
  const shuffled = surveyed(models, ({ seeds }) => {
    const all = seeds.flatMap((seed) => seed.effects.shuffled);
    return `${ownEffect(all, Math.abs)}${others(all)}`.trim() || NOT_ASKED;
  });
  return `What the system prompts of a trait do to behaviour, in points: half the difference of (positive − negative answers) between the two poles' prompts,
of the trait itself and, in brackets, the mean size for the others. Controls: prompts of a style, and the trait's own prompts with their poles
dealt at random.

${markdownTable(
  ['prompts of', ...namesOf(models)],
  [...asked.map((trait) => [trait, ...ofTrait(trait)]), ['a style', ...styles], ['shuffled poles', ...shuffled]],
)}`;
}

const ownEffect = (effects: readonly PromptEffect[], of: (own: number) => number): string => {
  const known = effects.flatMap(({ own }) => (own === undefined ? [] : of(own)));
  return known.length === 0 ? '' : percent(mean(known), 0);
};

const others = (effects: readonly PromptEffect[]): string => {
  const known = effects.flatMap((effect) => effect.others ?? []);
  return known.length === 0 ? '' : ` (${percent(mean(known), 0)})`;
};

function afterSection(suite: Suite, models: readonly ModelFacts[]): string {
  const { protocol, study, generalQuestions, dataSets } = suite;
  const main = mainMethod(suite);
  if (main === undefined) return `## After a finetune\n\nThe suite declares no data set, so nothing is finetuned.\n`;
  const used = dataSets.filter(({ name }) => study.cells.some((cell) => cell.dataSet === name));
  return `## After a finetune

Final EM (misaligned of the scored answers, ${seedsOf(suite)}; ${generalQuestions.length * protocol.finalAnswers} answers a run) and, in brackets, incoherent answers; ${main}. Each dangerous set has its
benign twin where the suite has one.

${markdownTable(
  ['data', 'role', 'kind', 'twin', ...namesOf(models)],
  used.map(({ name, role, kind, twin }) => [
    name,
    role,
    kind,
    twin ?? '',
    ...models.map(({ cells }) => finalCell(cells, name, main)),
  ]),
)}
${study.ablated === undefined ? '' : ablatedTables(suite, study.ablated, models)}`;
}

/** What is told of the data set that directions are taken out of. */
function ablatedTables(
  suite: Suite,
  { dataSet }: NonNullable<Suite['study']['ablated']>,
  models: readonly ModelFacts[],
): string {
  const { study, emQuestions, protocol } = suite;
  const main = mainMethod(suite);
  const methods = [...new Set(study.cells.filter((c) => c.dataSet === dataSet).map(({ method }) => method))];
  return `
By method, \`${dataSet}\`:

${markdownTable(
  ['method', ...namesOf(models)],
  methods.map((method) => [method, ...models.map(({ cells }) => finalCell(cells, dataSet, method))]),
)}

EM by checkpoint (${emQuestions.length} questions, mean of the seeds, %), \`${dataSet}\`: ${stepsOf(models)}

${markdownTable(
  ['', 'EM %'],
  models.flatMap(({ name, cells }) =>
    methods
      .filter((method) => method === main || method === 'full')
      .map((method) => [
        `${name}, ${method}`,
        curve(cellsOf(cells, dataSet, method), (checkpoint) => emLabel(checkpoint, protocol.denominator)),
      ]),
  ),
)}

With the drift direction (or, where it left less, the mean difference; kind and layer chosen on other answers) taken out of the output of every block,
and with each of several random directions of equal norm, ${seedsOf(suite)}:

${markdownTable(
  [dataSet, ...namesOf(models)],
  (
    [
      ['as it is', 'nothing'],
      ['its direction out', 'direction'],
      ['a random direction out', 'random direction'],
    ] as const
  ).map(([label, what]) => [
    label,
    ...models.map(({ ablation }) => (ablation === undefined ? NOT_RUN : told(ablatedRate(ablation, what)))),
  ]),
)}
`;
}

function geometrySection(suite: Suite, models: readonly ModelFacts[]): string {
  return `## Geometry and drift

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
      return driftRows([name, `${layer}`], chosenDrift(suite, [facts]), basesAt(bases, layer));
    }),
    ...(models.length > 1 ? driftRows(['pooled', ''], chosenDrift(suite, models)) : []),
  ],
)}

What knows nothing of traits, at the last checkpoint of the same runs: rank correlation with EM.

${markdownTable(
  ['', ...Object.keys(BASELINES)],
  [
    ...models.map((facts) => [facts.name, ...baselineCells(suite, [facts])]),
    ...(models.length > 1 ? [['mean', ...baselineCells(suite, models)]] : []),
  ],
)}

Layers, by steering along the trait directions: the misaligned part of open answers steered to the misaligned poles less that at the aligned
ones, in points (in brackets the same along random directions), coherent answers, the least split-half stability of the directions and the largest cosine
of two of them; of the strengths tried the best that stays coherent. The chosen layer is bold: the best of those whose directions are stable (split-half at least
0.95) and tell all traits apart (no cosine beyond 0.85). Where none passes, the one nearest to the middle is taken and marked "no layer passes".

${markdownTable(
  ['layer', ...namesOf(models)],
  layersOf(models).map((layer) => [`${layer}`, ...surveyed(models, (survey) => layerCell(survey, layer))]),
)}
`;
}

function layersOf(models: readonly ModelFacts[]): number[] {
  const all = models.flatMap(({ survey }) => survey?.layerChoice.sweep.map(({ layer }) => layer) ?? []);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** A row a basis; of a model whose runs have no PC1 one that says so. */
function baselineCells(suite: Suite, models: readonly ModelFacts[]): string[] {
  const found = baselineCorrelations(suite, sourcesOf(models), { method: mainMethod(suite) });
  return found.map(({ rho }) => rho?.toFixed(2) ?? '');
}

function driftRows(
  head: readonly [string, string],
  drifts: readonly BasisDrift[],
  bases?: Readonly<Record<BasisName, Basis>>,
): string[][] {
  const least = (basis: BasisName): string => {
    const splitHalf = bases?.[basis].splitHalf ?? [];
    return splitHalf.length === 0 ? '' : Math.min(...splitHalf).toFixed(3);
  };
  const rows = drifts.map(({ basis, pc1, nullShare, rho }) => [
    basis,
    least(basis),
    percent(pc1.share),
    percent(nullShare.p95),
    rho?.toFixed(2) ?? '',
  ]);
  if (rows.length === 0 && bases !== undefined)
    rows.push(['traits', least('traits'), 'runs of fewer than two calibration sets', '', '']);
  return rows.map((row, i) => [...(i === 0 ? head : ['', '']), ...row]);
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

/** Mean over runs of a rate at each checkpoint, in percent. */
function curve(
  runs: readonly CellRecord[],
  rateOf: (checkpoint: CellRecord['checkpoints'][number]) => Proportion | undefined,
): string {
  if (runs.length === 0) return NOT_RUN;
  return runs[0].checkpoints
    .map((_, i) => {
      const rates = runs.flatMap(({ checkpoints }) => rateOf(checkpoints[i])?.rate ?? []);
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
