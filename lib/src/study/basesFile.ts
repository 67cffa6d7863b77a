import { parseJson } from '../documents/readJson';
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

/** What the metadata say of each layer of a basis. */
type About = Pick<Basis, 'names' | 'splitHalf'>;

/** Reads bases.
 *
 * @throws Error naming the file if it holds no bases
 * @check test/study/basesFile.test.ts
 */
export function readBases(path: string): Bases {
  const { tensors, metadata } = readSafetensors(path);
  const about = parseJson('readBases', path, metadata.about ?? 'null') as Partial<
    Record<BasisName, readonly About[]>
  > | null;
  const nLayers = tensors.get('traits')?.shape[0];
  const of = (name: BasisName): Basis[] => {
    const tensor = tensors.get(name);
    if (tensor === undefined && name !== 'traits')
      return Array.from({ length: nLayers! }, () => ({ names: [], directions: [], splitHalf: [] }));
    const layers = about?.[name];
    const fits =
      tensor?.shape.length === 3 &&
      tensor.shape[0] === nLayers &&
      layers?.length === nLayers &&
      layers.every(({ names }) => names.length === tensor.shape[1]);
    if (!fits)
      throw new Error(`readBases: ${path}: no ${name} [layer k dModel] with their names; expected what a study wrote`);
    const [, k, dModel] = tensor.shape;
    const data = tensor.float32();
    return layers.map(({ names, splitHalf }, layer) => ({
      names,
      splitHalf,
      directions: Array.from({ length: k }, (_, i) =>
        data.slice((layer * k + i) * dModel, (layer * k + i + 1) * dModel),
      ),
    }));
  };
  return Object.fromEntries(BASIS_NAMES.map((name) => [name, of(name)])) as Record<BasisName, Basis[]>;
}
