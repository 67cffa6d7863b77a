import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import type { DocumentPart } from '../documents/documentPart';
import { readDocument } from '../documents/readDocument';
import { HARMLESS_KEYS } from '../documents/documentPart';
import type { Suite, SuiteJudge } from './suite';
import { FILE_NAME, suiteData } from './suiteData';
import { suiteJudge } from './suiteJudge';
import { suiteProtocol } from './suiteProtocol';
import { suiteQuestions } from './suiteQuestions';
import { studySettings, suiteStudy } from './suiteStudy';
import { suiteTraits } from './suiteTraits';

export interface ReadSuiteOptions {
  /** Judges that a suite may name, as `judge: exact`. */
  judges?: Readonly<Record<string, SuiteJudge>>;
}

const KEYS = 'name traits aligned controls personas questions judge rubrics protocol datasets study'.split(' ');

/** Reads a suite from a folder: `suite.yaml`, which names prompts, questions, data sets and a judge; data/suites/README.md describes it.
 *
 * Paths in it start at the folder. Nothing is asked of the judge, and no server or key is needed until it judges.
 *
 * @throws Error listing everything wrong with it and the files it names: what is missing, an unknown key, a trait without its aligned pole,
 *   data that are no chats or too few, a topic that is no trait, a rubric that is not there
 */
export function readSuite(dir: string, { judges = {} }: ReadSuiteOptions = {}): Suite {
  const file = readDocument('readSuite', join(dir, 'suite.yaml'));
  file.entries({ known: KEYS, harmless: HARMLESS_KEYS });
  if (!file.isMapping) file.finish();
  const name = nameOf(file.get('name'), dir);
  const sets = suiteTraits(file);
  const traits = sets.traits.map(({ trait }) => trait);
  const questions = suiteQuestions(file.get('questions'), traits);
  const protocol = suiteProtocol(file.get('protocol'));
  const judge = suiteJudge(file, { judges, behaviourQuestions: questions.behaviourQuestions });
  const settings = studySettings(file.get('study'));
  const dataSets = suiteData(file.get('datasets'), settings.nChats);
  const study = suiteStudy(file, settings, { dataSets, driftPrompts: questions.driftPrompts });
  file.finish();
  const { cells, ablated, nChats } = study;
  const measures = cells.map((cell) => study.measures?.(cell));
  const recipes = settings.methods.map((method) => study.recipe({ method, seed: 0, nLayers: 48 }));
  const all = [sets, questions, protocol, judge!.id, dataSets, cells, ablated, nChats, recipes, measures];
  const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex');
  return { name, hash, ...sets, ...questions, protocol, judge: judge!, dataSets, study };
}

/** The name that is given, or the folder's. */
function nameOf(part: DocumentPart, dir: string): string {
  const name = part.isMissing ? basename(resolve(dir)) : part.name();
  if (name !== '' && !FILE_NAME.test(name))
    part.problem(`${JSON.stringify(name)} cannot name a folder; expected letters, digits, _, - and .`);
  return name;
}
