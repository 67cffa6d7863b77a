import { positionKinds } from '../subject/positions';
import { readSafetensors, writeSafetensors } from '../formats/safetensors';
import { hookSite } from '../model/hookSite';
import { norm } from '../stats/dot';
import { Direction, type VectorFacts } from './direction';

/** What is written of a direction. */
export type StorableVector = Pick<Direction, 'vector' | 'site' | 'kind' | 'metadata'>;

/** Writes a vector: safetensors with key `vector` F32 [dModel], site and kind in the metadata.
 *
 * @throws Error if the vector is empty or not finite, or its pooling is none that there is
 * @source ours
 */
export function saveVector(path: string, { vector, site, kind, metadata }: StorableVector): void {
  if (vector.length === 0 || !vector.every(Number.isFinite)) {
    throw new Error(`saveVector: ${path}: vector is empty or not finite; expected dModel finite numbers`);
  }
  const problem = poolingProblem(metadata);
  if (problem !== undefined) throw new Error(`saveVector: ${path}: ${problem}`);
  const tensor = { name: 'vector', dtype: 'F32', shape: [vector.length], data: vector } as const;
  writeSafetensors(path, [tensor], { ...metadata, site, kind });
}

/** Reads a vector that `saveVector`, or anything that keeps to its format, has written; float16 and bfloat16 are widened.
 *
 * @param path    the file
 * @param dModel  checks the length where given
 * @throws Error naming the file and everything wrong with it at once
 * @source ours
 */
export function loadVector(path: string, dModel?: number): Direction {
  const file = readSafetensors(path);
  const { site, kind, ...metadata } = file.metadata;
  const tensor = file.tensors.get('vector');
  const problems: string[] = [];
  if (tensor === undefined)
    problems.push(`no tensor "vector", expected one, got ${[...file.tensors.keys()].join(', ') || 'none'}`);
  else {
    const isFloat = ['F32', 'F16', 'BF16'].includes(tensor.dtype);
    if (!isFloat || tensor.shape.length !== 1 || (dModel !== undefined && tensor.shape[0] !== dModel))
      problems.push(
        `vector has the wrong type, expected ${isFloat ? tensor.dtype : 'F32, F16 or BF16'} [${dModel ?? 'dModel'}], got ${tensor.dtype} [${tensor.shape.join(' ')}]`,
      );
  }
  if (site === undefined) problems.push('no site in the metadata, expected one');
  else if (!isSite(site)) problems.push(`unknown site ${site} in the metadata, expected one of a model`);
  if (kind === undefined) problems.push('no kind in the metadata, expected one');
  const pooling = poolingProblem(metadata);
  if (pooling !== undefined) problems.push(pooling);
  if (problems.length > 0 || tensor === undefined) throw new Error(`loadVector: ${path}: ${problems.join('; ')}`);
  const vector = tensor.float32();
  const bad = vector.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`loadVector: ${path}: value ${bad} is ${vector[bad]}; expected finite numbers`);
  return new Direction(vector, { site: hookSite(site, Infinity), kind, scale: scaleOf(vector), facts: () => metadata });
}

/** Whether a text is a site of some model. */
function isSite(site: string): boolean {
  try {
    return hookSite(site, Infinity) === site;
  } catch {
    return false;
  }
}

/** A vector of norm 1 within float32's rounding is one that was scaled. */
export function scaleOf(vector: ArrayLike<number>): Direction['scale'] {
  return Math.abs(norm(vector) - 1) <= 1e-5 ? 'unit' : 'raw';
}

function poolingProblem({ pooling }: VectorFacts): string | undefined {
  return pooling === undefined || (positionKinds as readonly string[]).includes(pooling)
    ? undefined
    : `unknown pooling ${pooling}; expected one of ${positionKinds.join(', ')}`;
}
