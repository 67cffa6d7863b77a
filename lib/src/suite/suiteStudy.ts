import type { DocumentPart } from '../documents/documentPart';
import type { CellMethod, CellSpec, DataSet, SuiteStudy } from './suite';
import { integer } from './suiteProtocol';
import { suiteRecipe } from './suiteRecipe';

/** What a suite's document says of its study before its data are read. */
export type StudySettings = Pick<SuiteStudy, 'seeds' | 'nChats' | 'recipe'> & {
  readonly methods: readonly CellMethod[];
};

/** The settings of a suite's document, its part `study`. What does not fit is noted on its part.
 *
 * @source arXiv 2606.07631, section 3.2 (seeds, 1000 chats, rank 16)
 */
export function studySettings(part: DocumentPart): StudySettings {
  if (!part.isMissing) part.entries({ known: ['seeds', 'methods', 'nChats', 'ablated', 'recipe'] });
  const methods = part.has('methods') ? distinct(part.get('methods'), 'method', methodOf) : [];
  const seeds = part.has('seeds') ? distinct(part.get('seeds'), 'seed', (item) => integer(item, 0)) : [];
  const known: readonly CellMethod[] = methods.length > 0 ? methods : ['rank16'];
  return {
    seeds: seeds.length > 0 ? seeds : [42, 123, 789],
    methods: known,
    nChats: integer(part.get('nChats'), 1) ?? 1000,
    recipe: suiteRecipe(part.get('recipe'), known),
  };
}

/** The study of a suite's document: a cell for each data set, method and seed, calibration sets first, and what is ablated, by default the
 * first data set that is dangerous. */
export function suiteStudy(
  file: DocumentPart,
  { methods, ...settings }: StudySettings,
  dataSets: readonly Omit<DataSet, 'sample'>[],
): SuiteStudy {
  const ordered = (['calibration', 'heldOut', 'stress'] as const).flatMap((role) =>
    dataSets.filter((set) => set.role === role),
  );
  const cells = methods.flatMap((method) =>
    ordered.flatMap(({ name }) => settings.seeds.map((seed): CellSpec => ({ dataSet: name, method, seed }))),
  );
  const names = Object.keys(file.get('datasets').isMapping ? (file.get('datasets').value as object) : {});
  const part = file.get('study').get('ablated');
  const first = ordered.find(({ kind }) => kind === 'dangerous') ?? ordered.at(0);
  const standard = first && { dataSet: first.name, method: methods[0] };
  const ablated = part.isMissing ? standard : ablatedOf(part, methods[0], names);
  return { ...settings, cells, ...(ablated !== undefined && { ablated }) };
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

function methodOf(part: DocumentPart): CellMethod | undefined {
  const { value } = part;
  if (value === 'full' || (typeof value === 'string' && /^rank[1-9]\d{0,5}$/.test(value))) return value as CellMethod;
  part.problem(`${JSON.stringify(value)}; expected full, or rank16 with a rank from 1`);
  return undefined;
}

/** The values of a list, of which none is there twice. */
function distinct<T>(part: DocumentPart, what: string, read: (item: DocumentPart) => T | undefined): T[] {
  const values = part.items(what).map((item) => {
    if (item.isMissing) item.problem(`missing; expected a ${what}`);
    return item.isMissing ? undefined : read(item);
  });
  const twice = values.filter((value, i) => value !== undefined && values.indexOf(value) < i);
  if (twice.length > 0) part.problem(`${[...new Set(twice)].join(', ')} twice; expected different ones`);
  return values.flatMap((value) => value ?? []);
}
