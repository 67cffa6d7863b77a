import { parseJson } from '../documents/readJson';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../formats/safetensors';
import { DIRECTION_KINDS, type DirectionKind } from './convergentPart';

/** The directions of one finetune after every block, by kind: [nLayers][dModel] raw, in units of the residual stream. */
export type DirectionVectors = Partial<Record<DirectionKind, readonly Float64Array[]>>;

/** Directions with what is said of them. */
export interface DirectionsFile<A> {
  readonly key: string;
  readonly about: A;
  readonly vectors: DirectionVectors;
}

/** Writes directions: a float32 tensor [nLayers dModel] for each kind there is. */
export function writeDirections<A>(path: string, { key, about, vectors }: DirectionsFile<A>): void {
  const tensors = DIRECTION_KINDS.flatMap((name): TensorToWrite[] => {
    const own = vectors[name];
    if (own === undefined) return [];
    const data = new Float32Array(own.length * own[0].length);
    own.forEach((v, layer) => data.set(v, layer * v.length));
    return [{ name, dtype: 'F32', shape: [own.length, own[0].length], data }];
  });
  writeSafetensors(path, tensors, { key, about: JSON.stringify(about) });
}

/** The key under which directions were written. */
export function directionsKey(path: string): string | undefined {
  return readSafetensors(path).metadata.key;
}

/** Reads directions.
 *
 * @throws Error naming the file if it holds none
 * @check test/study/directionsFile.test.ts
 */
export function readDirections<A>(path: string): DirectionsFile<A> {
  const { tensors, metadata } = readSafetensors(path);
  const vectors: DirectionVectors = {};
  for (const kind of DIRECTION_KINDS) {
    const tensor = tensors.get(kind);
    if (tensor === undefined) continue;
    const [nLayers, d] = tensor.shape;
    const data = tensor.float32();
    vectors[kind] = Array.from({ length: nLayers }, (_, layer) =>
      Float64Array.from(data.subarray(layer * d, (layer + 1) * d)),
    );
  }
  if (metadata.key === undefined || Object.keys(vectors).length === 0)
    throw new Error(`readDirections: ${path}: no directions; expected what a study wrote`);
  return { key: metadata.key, about: parseJson('readDirections', path, metadata.about ?? 'null') as A, vectors };
}
