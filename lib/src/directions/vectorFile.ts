import { positionKinds } from '../subject/positions';
import { readSafetensors, writeSafetensors } from '../formats/safetensors';

/** A vector as it lies on disk and goes to `--steer` and `--ablate`. */
export interface StoredVector {
  /** [dModel] float32. */
  readonly vector: Float32Array;
  /** The hook site it belongs to, as `blocks.3.hook_resid_post`. */
  readonly site: string;
  /** What it is: trait, meanDifference, persona, drift, random. */
  readonly kind: string;
  /** Anything else that is known, as text: modelHash (`Model.hash` of the base), templateHash (`Tokenizer.templateHash` of
   * what made the prompts; `checkVector` refuses other ones of either), layerRule (how the layer was chosen; `given` where
   * the caller named it), pooling (of `Positions`), trait, weighting, like and randomState of a random control. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes a vector: safetensors with key `vector` F32 [dModel], site and kind in the metadata.
 *
 * @throws Error if the vector is empty or not finite, or its pooling is none that there is
 * @source ours
 */
export function saveVector(path: string, { vector, site, kind, metadata }: StoredVector): void {
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
export function loadVector(path: string, dModel?: number): StoredVector {
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
  if (kind === undefined) problems.push('no kind in the metadata, expected one');
  const pooling = poolingProblem(metadata);
  if (pooling !== undefined) problems.push(pooling);
  if (problems.length > 0 || tensor === undefined) throw new Error(`loadVector: ${path}: ${problems.join('; ')}`);
  const vector = tensor.float32();
  const bad = vector.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new Error(`loadVector: ${path}: value ${bad} is ${vector[bad]}; expected finite numbers`);
  return { vector, site, kind, metadata };
}

function poolingProblem({ pooling }: StoredVector['metadata']): string | undefined {
  return pooling === undefined || (positionKinds as readonly string[]).includes(pooling)
    ? undefined
    : `unknown pooling ${pooling}; expected one of ${positionKinds.join(', ')}`;
}
