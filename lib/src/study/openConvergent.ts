import { join } from 'node:path';
import { fileExists, isFolder, listFolder } from '../disk/folder';
import { inProject } from '../disk/inProject';
import { readJson } from '../documents/readJson';
import { cellName } from '../records/cellRecord';
import type { CellSpec, Suite } from '../suite/suite';
import type { SystemRole } from '../tokenizer/systemRole';
import { partFiles } from './contextOf';
import { convergentParts, partName, type ConvergentPart } from './convergentPart';
import { readDirections, type DirectionVectors } from './directionsFile';
import type { DirectionsAbout } from './directionsPart';
import type { NothingFound, PartRecords } from './runPart';
import type { ModelId } from './task';

/** Where a record comes from. */
export interface PartProvenance {
  readonly model: string;
  readonly modelHash: string;
  readonly suite: string;
  readonly backend: string;
  readonly seed: number;
  /** Answers to each general question at every point. */
  readonly nPerQuestion: number;
}

/** A record with the part that it is of. */
export type FoundPart<R> = Omit<ConvergentPart, 'what'> & PartProvenance & R;

/** All that is there of the work on one model's grid, by kind, in the order of `convergentParts`. */
export type ModelParts = { readonly [K in keyof PartRecords]: readonly FoundPart<PartRecords[K]>[] } & {
  readonly model: string;
  readonly hash: string;
  readonly directions: readonly FoundPart<{ readonly vectors: DirectionVectors; readonly about: DirectionsAbout }>[];
  /** Why some found nothing: the finetune has no such direction. */
  readonly nothing: readonly FoundPart<NothingFound>[];
  /** Names of the parts that are not there under today's suite. */
  readonly missing: readonly string[];
  /** Folder of the adapter of a finetune of rank 1: `loadModel` opens it over its base. */
  readonly adapterFolder: (spec: CellSpec) => string;
};

export interface OpenConvergentOptions {
  /** What the study asked. */
  suite: Suite;
  /** Names of models, in the order wanted (default: all of which something is there). */
  models?: readonly string[];
  /** Where the study put system messages, by name of the model (default 'template'). */
  systemRoles?: Readonly<Record<string, SystemRole>>;
}

/** Opens what `traitlab study --for convergent` has found; the models themselves are not needed.
 *
 * @param dir  folder of the study, from the working folder or else from the project's, `data/study`
 * @throws Error if the folder is not there, or a model has nothing under this suite
 * @check test/study/runPart.test.ts
 */
export function openConvergent(dir: string, { suite, models, systemRoles = {} }: OpenConvergentOptions): ModelParts[] {
  const out = inProject(dir);
  if (!isFolder(out)) throw new Error(`openConvergent: no folder ${dir}; expected that of a study`);
  const names = models ?? listFolder(out).filter((name) => isFolder(join(out, name, 'convergent')));
  const parts = convergentParts(suite);
  return names.map((name) => {
    const hash = hashOf(join(out, name, 'convergent'));
    const model = { name, hash: hash ?? '', systemRole: systemRoles[name] };
    const found = modelParts({ out, suite }, model, parts);
    if (found.missing.length === parts.length)
      throw new Error(`openConvergent: ${dir}: ${name} has nothing of the suite ${suite.name} as it is today; expected what \`npx traitlab study run --for convergent\` writes`); // prettier-ignore
    return found;
  });
}

type Known = Partial<PartProvenance> & { readonly key?: string };

/** The hash of the weights that the first record is of. */
function hashOf(folder: string): string | undefined {
  const first = listFolder(folder).find((file) => file.endsWith('.json'));
  return first === undefined ? undefined : (readJson('openConvergent', join(folder, first)) as Known | null)?.modelHash;
}

/** What is there of one model: records under another key are missing. */
export function modelParts(
  study: { readonly out: string; readonly suite: Suite },
  model: ModelId,
  parts: readonly ConvergentPart[] = convergentParts(study.suite),
): ModelParts {
  const { dir, keyOf } = partFiles(study, model);
  const records = new Map<string, unknown[]>();
  const missing: string[] = [];
  const add = (kind: string, record: unknown): void => void records.set(kind, [...(records.get(kind) ?? []), record]);
  for (const part of parts) {
    const { what, ...about } = part;
    const path = join(dir, `${partName(part)}.${what === 'directions' ? 'safetensors' : 'json'}`);
    const isThere = fileExists(path);
    if (isThere && what === 'directions') {
      const { key, about: said, vectors } = readDirections<PartProvenance & DirectionsAbout>(path);
      if (key === keyOf(part)) add(what, { ...about, ...said, about: said, vectors });
      else missing.push(partName(part));
      continue;
    }
    const { key, ...record } = (isThere ? (readJson('openConvergent', path) ?? {}) : {}) as Known;
    if (key === undefined || key !== keyOf(part)) missing.push(partName(part));
    else add('missing' in record ? 'nothing' : what, { ...about, ...record });
  }
  const of = (kind: string): never[] => (records.get(kind) ?? []) as never[];
  return {
    model: model.name,
    hash: model.hash,
    organism: of('organism'),
    directions: of('directions'),
    steering: of('steering'),
    ablation: of('ablation'),
    transfer: of('transfer'),
    projection: of('projection'),
    scalars: of('scalars'),
    subsets: of('subsets'),
    patching: of('patching'),
    phase: of('phase'),
    nothing: of('nothing'),
    missing,
    adapterFolder: (spec) => join(dir, 'adapters', cellName(spec)),
  };
}
