import type { DocumentPart } from '../documents/documentPart';
import { isPlainCell, type CellMeasures, type CellMethod, type CellSpec, type Suite, type SuiteStudy } from './suite'; // prettier-ignore
import type { DataFile } from './dataFile';
import { integer } from './suiteProtocol';
import { distinct } from './distinct';
import { methodOf } from './methodOf';
import { suiteConvergent } from './suiteConvergent';
import { suiteRecipe } from './suiteRecipe';

/** What a suite's document says of its study before its data are read. */
export type StudySettings = Pick<SuiteStudy, 'seeds' | 'nChats' | 'recipe'> & {
  readonly methods: readonly CellMethod[];
  /** Answers for the second label of held-out checkpoints, and to behaviour questions at calibration ones; 0 for none. */
  readonly answers: { readonly second: number; readonly behaviour: number };
};

const STUDY_KEYS = 'seeds methods nChats ablated recipe secondAnswers behaviourAnswers beside convergent'.split(' ');

/** The settings of a suite's document, its part `study`. What does not fit is noted on its part.
 *
 * @source arXiv 2606.07631, section 3.2 (seeds, 1000 chats, rank 16)
 */
export function studySettings(part: DocumentPart): StudySettings {
  if (!part.isMissing) part.entries({ known: STUDY_KEYS });
  const methods = part.has('methods') ? distinct(part.get('methods'), 'method', methodOf) : [];
  const seeds = part.has('seeds') ? distinct(part.get('seeds'), 'seed', (item) => integer(item, 0)) : [];
  const known: readonly CellMethod[] = methods.length > 0 ? methods : ['rank16'];
  return {
    seeds: seeds.length > 0 ? seeds : [42, 123, 789],
    methods: known,
    nChats: integer(part.get('nChats'), 1) ?? 1000,
    answers: {
      second: integer(part.get('secondAnswers'), 0) ?? 0,
      behaviour: integer(part.get('behaviourAnswers'), 0) ?? 0,
    },
    recipe: suiteRecipe(part.get('recipe'), known),
  };
}

/** The study of a suite's document: a cell for each data set, method and seed, calibration sets first; then those of `beside`; and what is
 * ablated, by default the first data set that is dangerous.
 *
 * Along plain cells of the first method the second label is asked for where the set is held out, and behaviour where it is calibration; of
 * both the drift of each kind of prompts is kept.
 */
export function suiteStudy(
  file: DocumentPart,
  { methods, answers, ...settings }: StudySettings,
  {
    dataSets,
    driftPrompts,
  }: { readonly dataSets: readonly Pick<DataFile, 'name' | 'role' | 'kind' | 'nChats'>[] } & Pick<
    Suite,
    'driftPrompts'
  >,
): SuiteStudy {
  const ordered = (['calibration', 'heldOut', 'stress'] as const).flatMap((role) =>
    dataSets.filter((set) => set.role === role),
  );
  const cells = methods.flatMap((method) =>
    ordered.flatMap(({ name }) => settings.seeds.map((seed): CellSpec => ({ dataSet: name, method, seed }))),
  );
  const hasKinds = new Set(driftPrompts.map(({ kind }) => kind)).size > 1;
  const measures = (spec: CellSpec): CellMeasures => {
    const role = dataSets.find(({ name }) => name === spec.dataSet)?.role;
    if (spec.method !== methods[0] || !isPlainCell(spec) || role === undefined || role === 'stress') return {};
    return {
      ...(role === 'heldOut' && answers.second > 0 && { secondAnswers: answers.second }),
      ...(role === 'calibration' && answers.behaviour > 0 && { behaviourAnswers: answers.behaviour }),
      ...(hasKinds && { kinds: true }),
    };
  };
  const names = Object.keys(file.get('datasets').isMapping ? (file.get('datasets').value as object) : {});
  const part = file.get('study').get('ablated');
  const first = ordered.find(({ kind }) => kind === 'dangerous') ?? ordered.at(0);
  const standard = first && { dataSet: first.name, method: methods[0] };
  const ablated = part.isMissing ? standard : ablatedOf(part, methods[0], names);
  const beside = file.get('study').get('beside');
  const more = besideCells(beside, { methods, seeds: settings.seeds, dataSets });
  const convergent = suiteConvergent(file.get('study').get('convergent'), names);
  return { ...settings, cells: [...cells, ...more], measures, ...(ablated !== undefined && { ablated }), convergent };
}

/** The cells of `beside`: longer runs, and runs that start from a part of another finetune, each with all seeds. */
function besideCells(
  part: DocumentPart,
  {
    methods,
    seeds,
    dataSets,
  }: Pick<StudySettings, 'methods' | 'seeds'> & { dataSets: readonly Pick<DataFile, 'name' | 'nChats'>[] },
): CellSpec[] {
  if (part.isMissing) return [];
  const names = dataSets.map(({ name }) => name);
  const cells = part.items('mapping of dataSet with nChats or start').flatMap((item) => {
    item.entries({ known: ['dataSet', 'method', 'nChats', 'start'] });
    if (!item.isMapping) return [];
    const dataSet = item.get('dataSet').choice(names);
    const method = item.has('method') ? methodOf(item.get('method')) : methods[0];
    const nChats = integer(item.get('nChats'), 1);
    const start = startOf(item.get('start'), names);
    const there = dataSets.find(({ name }) => name === dataSet)?.nChats ?? Infinity;
    if (nChats !== undefined && there < nChats) item.get('nChats').problem(`${nChats}; expected at most the ${there} chats of ${dataSet}`); // prettier-ignore
    if (!item.has('nChats') && !item.has('start'))
      item.problem('a cell of the grid; expected nChats, start or both, which make it another');
    if (dataSet === undefined || method === undefined) return [];
    const spec = { dataSet, method, ...(nChats !== undefined && { nChats }), ...(start && { start }) };
    return seeds.map((seed): CellSpec => ({ ...spec, seed }));
  });
  const paths = cells.map((spec) => JSON.stringify(spec));
  if (new Set(paths).size < paths.length) part.problem('the same cell twice; expected different ones');
  return cells;
}

function startOf(part: DocumentPart, names: readonly string[]): CellSpec['start'] {
  if (part.isMissing) return undefined;
  part.entries({ known: ['dataSet', 'theta'] });
  const dataSet = part.get('dataSet').choice(names);
  const isPart = (x: number): boolean => x > 0 && x <= 1;
  const theta = part.get('theta').number(isPart, 'a number above 0, at most 1');
  if (!part.has('theta')) part.get('theta').problem('missing; expected a number above 0, at most 1');
  return dataSet === undefined || theta === undefined ? undefined : { dataSet, theta };
}

/** A data set, or a mapping of `dataSet` and `method`. */
function ablatedOf(part: DocumentPart, firstMethod: CellMethod, names: readonly string[]): SuiteStudy['ablated'] {
  if (part.isMapping) part.entries({ known: ['dataSet', 'method'] });
  const named = part.isMapping ? part.get('dataSet') : part;
  const method = part.isMapping && part.has('method') ? methodOf(part.get('method')) : firstMethod;
  const dataSet = named.text();
  if (dataSet !== '' && !names.includes(dataSet))
    named.problem(`no data set ${dataSet}; expected one of ${names.join(', ') || 'datasets'}`);
  return { dataSet, method: method ?? firstMethod };
}
