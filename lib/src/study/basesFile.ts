import { readSafetensors, writeSafetensors, type TensorToWrite } from '../formats/safetensors';
import { BASIS_NAMES, type Bases, type Basis, type BasisName } from './basis';

/** Writes bases: a tensor [nLayers k dModel] for each that is not empty; names and split-half cosines in the metadata. */
export function writeBases(path: string, bases: Bases, key: string): void {
  const there = BASIS_NAMES.filter((name) => bases[name][0].directions.length > 0);
  const tensors = there.map((name): TensorToWrite => {
    const layers = bases[name];
    const [k, dModel] = [layers[0].directions.length, layers[0].directions[0].length];
    const data = new Float32Array(layers.length * k * dModel);
    layers.forEach(({ directions }, layer) =>
      directions.forEach((direction, i) => data.set(direction, (layer * k + i) * dModel)),
    );
    return { name, dtype: 'F32', shape: [layers.length, k, dModel], data };
  });
  const about = Object.fromEntries(
    there.map((name) => [name, bases[name].map(({ names, splitHalf }) => ({ names, splitHalf }))]),
  );
  writeSafetensors(path, tensors, { key, about: JSON.stringify(about) });
}

/** The key under which bases were written. */
export function basesKey(path: string): string | undefined {
  return readSafetensors(path).metadata.key;
}

/** Reads bases.
 *
 * @throws Error naming the file if it holds no bases
 */
export function readBases(path: string): Bases {
  const { tensors, metadata } = readSafetensors(path);
  const about = JSON.parse(metadata.about ?? '{}') as Partial<
    Record<BasisName, readonly Pick<Basis, 'names' | 'splitHalf'>[]>
  >;
  const traits = tensors.get('traits');
  if (traits?.shape.length !== 3 || about.traits === undefined)
    throw new Error(`readBases: ${path}: no traits; expected bases that a study wrote`);
  const [nLayers] = traits.shape;
  const of = (name: BasisName): Basis[] => {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      return Array.from({ length: nLayers }, () => ({ names: [], directions: [], splitHalf: [] }));
    const [, k, dModel] = tensor.shape;
    const data = tensor.float32();
    return Array.from({ length: nLayers }, (_, layer) => ({
      names: about[name]![layer].names,
      splitHalf: about[name]![layer].splitHalf,
      directions: Array.from({ length: k }, (__, i) =>
        data.slice((layer * k + i) * dModel, (layer * k + i + 1) * dModel),
      ),
    }));
  };
  return Object.fromEntries(BASIS_NAMES.map((name) => [name, of(name)])) as Record<BasisName, Basis[]>;
}
