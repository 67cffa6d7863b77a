import { join } from 'node:path';
import { fileExists, isFolder, listFolder } from '../disk/folder';
import { inProject } from '../disk/inProject';
import { readJson } from '../documents/readJson';
import { cellName } from '../records/cellRecord';
import type { CellSpec, Suite } from '../suite/suite';
import type { SystemRole } from '../tokenizer/systemRole';
import type { Bases } from './basis';
import type { DriftSource } from './calibrationPc1';
import { basesAt } from './report';
import { modelFacts } from './result';
import type { Survey } from './survey';

/** The finetunes of one model, with the bases of the layer that its survey chose. */
export interface ModelRecords extends DriftSource {
  /** Its name. */
  readonly model: string;
  /** Of the weights that were finetuned. */
  readonly hash: string;
  /** The bases of all its layers. */
  readonly allBases: Bases;
  /** Finetunes of the suite that are not there, or not as the suite is today. */
  readonly missing: readonly CellSpec[];
}

/** What a study has found, opened for reading; the models themselves are not needed. */
export interface StudyRecords {
  readonly folder: string;
  readonly suite: Suite;
  readonly models: readonly ModelRecords[];
}

export interface OpenRecordsOptions {
  /** What the study asked. */
  suite: Suite;
  /** Names of models, in the order wanted (default: all that were surveyed). */
  models?: readonly string[];
  /** Leaves out models without survey, bases or finetunes under this suite, in place of an error (default false). */
  ifThere?: boolean;
  /** Where the study put system messages, by name of the model (default 'template'). */
  systemRoles?: Readonly<Record<string, SystemRole>>;
}

/** Opens the records of a study: of each model its finetunes and the bases at its surveyed layer.
 *
 * Records of another suite, or of other weights than those surveyed, do not count: they are named in `missing`.
 *
 * @param dir  folder of the study, from the working folder or else from the project's, `data/study`
 * @throws Error naming each model without survey, bases or finetunes under this suite, unless `ifThere`
 * @check test/study/openRecords.test.ts
 */
export function openRecords(
  dir: string,
  { suite, models, ifThere = false, systemRoles = {} }: OpenRecordsOptions,
): StudyRecords {
  const folder = inProject(dir);
  if (!isFolder(folder)) throw new Error(`openRecords: no folder ${dir}; expected that of a study`);
  const surveyFile = (name: string): string => join(folder, name, 'survey.json');
  const names = models ?? listFolder(folder).filter((name) => fileExists(surveyFile(name)));
  if (names.length === 0) throw new Error(`openRecords: ${dir}: no model; expected folders with a survey.json`);
  const problems: string[] = [];
  const opened = names.flatMap((name): ModelRecords[] => {
    const file = surveyFile(name);
    const hash = fileExists(file) ? (readJson('openRecords', file) as Partial<Survey> | null)?.modelHash : undefined;
    if (hash === undefined) {
      problems.push(`${name} has no survey`);
      return [];
    }
    const { survey, bases, cells } = modelFacts({ suite, out: folder }, { name, hash, systemRole: systemRoles[name] });
    if (survey === undefined) problems.push(`${name} has no survey of the suite ${suite.name} as it is today`);
    if (bases === undefined) problems.push(`${name} has no bases of the suite ${suite.name} as it is today`);
    if (cells.length === 0) problems.push(`${name} has no finetunes of the suite ${suite.name} as it is today`);
    if (survey === undefined || bases === undefined || cells.length === 0) return [];
    const there = new Set(cells.map(({ spec }) => cellName(spec)));
    const missing = suite.study.cells.filter((spec) => !there.has(cellName(spec)));
    const { layer } = survey.layerChoice;
    return [{ model: name, hash, cells, layer, bases: basesAt(bases, layer), allBases: bases, missing }];
  });
  if (problems.length > 0 && !ifThere)
    throw new Error(`openRecords: ${dir}: ${problems.join('; ')}; expected what \`npx traitlab study run\` writes`);
  return { folder, suite, models: opened };
}
