import { DocumentPart } from '../documents/documentPart';
import { rng as seeded } from '../random/rng';
import { norm } from '../stats/dot';
import { finiteRows } from '../stats/finite';
import { meanRows } from '../stats/meanRows';
import { significant } from '../stats/significant';
import { featureRows } from '../stats/featureRows';
import { numberFrom, numbersFrom, widthFrom } from './numberFrom';
import { decoded, latentsOf, sparseCodeGradient, type SparseCode } from './sparseCode';

/** A trained sparse autoencoder as plain data: z = ReLU(weights · row + bias), row ≈ centre + Σ_k z_k decoder_k. */
export interface SparseAutoencoderJson {
  readonly width: number;
  /** [K d] */
  readonly weights: readonly (readonly number[])[];
  /** [K] in units of the rows */
  readonly bias: readonly number[];
  /** [K d] rows of norm 1 */
  readonly decoder: readonly (readonly number[])[];
  /** [d] */
  readonly centre: readonly number[];
}

/** A trained sparse autoencoder. */
export interface SparseAutoencoder {
  /** The latents of a row, in units of the rows: ReLU(W row + b).
   *
   * @param row  [d] finite
   * @returns    [K]
   * @throws Error on another width and on NaN
   */
  encode(row: ArrayLike<number>): number[];
  /** What its latents make of a row.
   *
   * @param row  [d] finite
   * @returns    [d]
   * @throws Error on another width and on NaN
   */
  reconstruct(row: ArrayLike<number>): number[];
  /** Plain data that `sparseAutoencoderFromJson` restores with the same latents. */
  toJson(): SparseAutoencoderJson;
}

export interface SparseAutoencoderOptions {
  /** K, default 256. */
  nLatents?: number;
  /** Weight of the latents' sum in the loss, default 1e-3. */
  l1?: number;
  /** Of Adam, default 1e-3. */
  learningRate?: number;
  /** Rows a step, default 64. */
  batchSize?: number;
  /** How many steps, default 300. */
  nSteps?: number;
  /** Default 42. */
  seed?: number;
  /** Called after every step with the loss of its batch, for rows at a mean squared distance of 1 from their centre. */
  onStep?: (loss: number, step: number) => void;
}

/** Trains a sparse autoencoder with one hidden layer of ReLU latents: the mean of ‖u − Σ_k z_k D_k‖² + l1 Σ_k z_k, by Adam.
 *
 * u is a row less the mean of all, as a part of their root mean square distance from it, so that the settings mean the same for every
 * model; the published formula ReLU(W m + b) takes both up in b. The decoder's rows D_k have norm 1 (brought back after every step);
 * the encoder starts as the decoder. Of the published one K, the ReLU and the batch are known; the rest is our default. In plain float64, so that a
 * seed gives the same latents on every machine.
 *
 * @param rows  [n d] finite, n at least 2, not all equal
 * @throws Error on too few rows, on rows of different length, on NaN, on rows that are all equal, and on options out of range
 * @source arXiv 2606.07631 (K 256, batch 64); Kingma & Ba 2015 (Adam); Bricken et al. 2023 (decoder rows of norm 1)
 * @check test/monitor/sparseAutoencoder.test.ts
 */
export function trainSparseAutoencoder(
  rows: readonly ArrayLike<number>[],
  options: SparseAutoencoderOptions = {},
): SparseAutoencoder {
  const { nLatents = 256, l1 = 1e-3, learningRate = 1e-3, batchSize = 64, nSteps = 300, seed = 42, onStep } = options;
  const where = 'trainSparseAutoencoder';
  for (const [name, value] of Object.entries({ nLatents, batchSize, nSteps })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new Error(`${where}: invalid ${name}; expected an integer from 1, got ${value}`);
    }
  }
  for (const [name, value] of Object.entries({ l1, learningRate })) {
    if (!(value >= 0 && value < Infinity))
      throw new Error(`${where}: invalid ${name}; expected a number from 0, got ${value}`);
  }
  const table = finiteRows(`${where}: rows`, rows, 2);
  const centre = Array.from(meanRows(table));
  const centred = table.map((row) => row.map((value, j) => value - centre[j]));
  const scale = Math.sqrt(centred.reduce((sum, row) => sum + norm(row) ** 2, 0) / table.length);
  if (!(scale > norm(centre) * 1e-12)) throw new Error(`${where}: rows are all equal; expected rows that differ`);
  const units = centred.map((row) => Float64Array.from(row, (value) => value / scale));

  const random = seeded(seed);
  const width = centre.length;
  const decoder = Float64Array.from({ length: nLatents * width }, () => random.normal());
  toUnitRows(decoder, width);
  const code: SparseCode = { width, encoder: decoder.slice(), bias: new Float64Array(nLatents), decoder };
  const updates = (['encoder', 'bias', 'decoder'] as const).map((name) => ({
    name,
    update: adam(code[name], learningRate),
  }));
  let order: Float64Array[] = [];
  for (let step = 1; step <= nSteps; step++) {
    if (order.length === 0) order = random.shuffle(units);
    const { loss, gradient } = sparseCodeGradient(code, order.splice(0, batchSize), l1);
    for (const { name, update } of updates) update(gradient[name], step);
    toUnitRows(decoder, width);
    onStep?.(loss, step);
  }
  const weights = matrix(code.encoder, width);
  const bias = Array.from(code.bias, (value, k) => {
    const ofCentre = weights[k].reduce((sum, weight, j) => sum + weight * centre[j], 0);
    return value * scale - ofCentre;
  });
  return trained({ width, weights, bias, decoder: matrix(decoder, width), centre });
}

/** Restores an autoencoder from `SparseAutoencoder.toJson()`, for instance out of a file.
 *
 * @param json   checked
 * @param where  names it in a message, for instance the file; default `autoencoder`
 * @throws Error that lists all that does not fit
 * @source ours
 * @check test/monitor/sparseAutoencoder.test.ts
 */
export function sparseAutoencoderFromJson(json: unknown, where = 'autoencoder'): SparseAutoencoder {
  const part = DocumentPart.of(json, { where: 'sparseAutoencoderFromJson', path: where });
  const width = widthFrom(part.get('width'));
  const bias = part
    .get('bias')
    .items('number')
    .map((item) => numberFrom(item));
  const rowsOf = (key: string): number[][] => {
    const items = part.get(key).items('row');
    if (items.length !== 0 && items.length !== bias.length) {
      part.get(key).problem(`${items.length} rows; expected ${bias.length}, as bias has`);
    }
    return items.map((row) => numbersFrom(row, width));
  };
  const read = {
    width,
    bias,
    weights: rowsOf('weights'),
    decoder: rowsOf('decoder'),
    centre: numbersFrom(part.get('centre'), width),
  };
  part.finish();
  return trained(read);
}

function trained(json: SparseAutoencoderJson): SparseAutoencoder {
  const { width, centre } = json;
  const encoder = { width, encoder: Float64Array.from(json.weights.flat()), bias: Float64Array.from(json.bias) };
  const decoder = { width, decoder: Float64Array.from(json.decoder.flat()) };
  const encode = (where: string, row: ArrayLike<number>): Float64Array =>
    latentsOf(encoder, Float64Array.from(featureRows(`${where}: row`, [row], width)[0]));
  return {
    encode: (row) => Array.from(encode('encode', row)),
    reconstruct: (row) => Array.from(decoded(decoder, encode('reconstruct', row)), (value, j) => value + centre[j]),
    toJson: () => json,
  };
}

/** Adam on one parameter, in place. */
function adam(param: Float64Array, learningRate: number): (gradient: Float64Array, step: number) => void {
  const [beta1, beta2] = [0.9, 0.999];
  const mean = new Float64Array(param.length);
  const square = new Float64Array(param.length);
  return (gradient, step) => {
    const [meanShare, squareShare] = [1 - beta1 ** step, 1 - beta2 ** step];
    for (let i = 0; i < param.length; i++) {
      const slope = gradient[i];
      mean[i] += (1 - beta1) * (slope - mean[i]);
      square[i] += (1 - beta2) * (slope * slope - square[i]);
      param[i] -= (learningRate * (mean[i] / meanShare)) / (Math.sqrt(square[i] / squareShare) + 1e-8);
    }
  };
}

/** Brings the rows of a flat matrix to norm 1, in place. */
function toUnitRows(flat: Float64Array, width: number): void {
  for (let at = 0; at < flat.length; at += width) {
    const row = flat.subarray(at, at + width);
    const length = norm(row);
    for (let j = 0; j < width; j++) row[j] /= length;
  }
}

/** The rows of a flat matrix, to seven digits: a file of them is half as long. */
function matrix(flat: Float64Array, width: number): number[][] {
  return Array.from({ length: flat.length / width }, (_, k) =>
    Array.from(flat.subarray(k * width, (k + 1) * width), (value) => significant(value, 7)),
  );
}
