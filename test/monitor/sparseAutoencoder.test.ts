import test from 'node:test';
import assert from 'node:assert/strict';
import {
  sparseAutoencoderFromJson,
  trainSparseAutoencoder,
  type SparseAutoencoder,
} from 'traitlab/monitor/sparseAutoencoder';
import { rng } from 'traitlab/random/rng';
import { norm } from 'traitlab/stats/dot';
import { mean } from 'traitlab/stats/mean';
import { expectClose } from '../helpers/expectClose';
import { expectToLose } from '../helpers/expectToLose';

/** Rows around a far centre, each moved along one of four directions: what activations of finetunes look like. */
function movedRows(width: number, n: number): number[][] {
  const random = rng(3);
  const vector = (size: number): number[] => Array.from({ length: width }, () => size * random.normal());
  const centre = vector(20);
  const directions = Array.from({ length: 4 }, () => vector(1));
  return Array.from({ length: n }, () => {
    const [along, far, noise] = [random.pick(directions), random.uniform(), vector(0.05)];
    return centre.map((value, j) => value + far * along[j] + noise[j]);
  });
}

const rows = movedRows(16, 150);
const options = { nLatents: 32, nSteps: 200 };

/** The part of the rows' variance that is not reconstructed. */
function unexplained(autoencoder: SparseAutoencoder): number {
  const centre = rows[0].map((_, j) => mean(rows.map((row) => row[j])));
  const squares = (of: (row: readonly number[]) => readonly number[]): number =>
    mean(rows.map((row) => norm(row.map((value, j) => value - of(row)[j])) ** 2));
  return squares((row) => autoencoder.reconstruct(row)) / squares(() => centre);
}

test('the loss falls and rows come back; random weights lose', async () => {
  const losses: number[] = [];
  const trained = trainSparseAutoencoder(rows, { ...options, onStep: (loss) => losses.push(loss) });
  assert.equal(losses.length, 200);
  assert.ok(mean(losses.slice(-10)) < 0.1 * mean(losses.slice(0, 5)), `${losses[0]} to ${losses.at(-1)}`);
  const check = (one: SparseAutoencoder): void => assert.ok(unexplained(one) < 0.1, `${unexplained(one)}`);
  check(trained);
  await expectToLose(check, { 'random weights': trainSparseAutoencoder(rows, { ...options, learningRate: 0 }) });
});

test('the penalty makes latents smaller', () => {
  const sum = (l1: number): number => {
    const one = trainSparseAutoencoder(rows, { ...options, l1 });
    return mean(rows.flatMap((row) => one.encode(row)));
  };
  assert.ok(sum(0.3) < 0.7 * sum(0), `${sum(0.3)} against ${sum(0)}`);
});

test('latents are in units of the rows: ten times the rows, ten times the latents', () => {
  const one = trainSparseAutoencoder(rows, options);
  const tenfold = (row: readonly number[]): number[] => row.map((value) => 10 * value);
  const large = trainSparseAutoencoder(rows.map(tenfold), options);
  const latents = one.encode(rows[5]);
  assert.ok(latents.some((z) => z > 0.1) && latents.some((z) => z === 0) && latents.every((z) => z >= 0));
  expectClose(large.encode(tenfold(rows[5])), tenfold(latents), { rtol: 1e-3, atol: 1e-3 });
});

test('a seed gives one autoencoder, decoder rows have norm 1, and JSON keeps it', () => {
  const one = trainSparseAutoencoder(rows, options);
  const text = JSON.stringify(one.toJson());
  assert.equal(JSON.stringify(trainSparseAutoencoder(rows, options).toJson()), text);
  assert.notEqual(JSON.stringify(trainSparseAutoencoder(rows, { ...options, seed: 1 }).toJson()), text);
  for (const row of one.toJson().decoder) expectClose([norm(row)], [1], { rtol: 0, atol: 1e-6 });
  const restored = sparseAutoencoderFromJson(JSON.parse(text));
  assert.deepEqual(restored.encode(rows[0]), one.encode(rows[0]));
  assert.deepEqual(restored.reconstruct(rows[0]), one.reconstruct(rows[0]));
});

test('misuse of an autoencoder is named', () => {
  const train = trainSparseAutoencoder;
  assert.throws(() => train([[1, 2]]), /trainSparseAutoencoder: rows: too few rows; expected at least 2, got 1/);
  assert.throws(() => train([[0.1], [0.1], [0.1]]), /rows are all equal; expected rows that differ/);
  assert.throws(() => train([[1], [NaN]]), /rows row 1: invalid value/);
  assert.throws(() => train([[1], [1, 2]]), /rows differ in length/);
  assert.throws(() => train([[1], [2]], { nLatents: 0 }), /invalid nLatents; expected an integer from 1, got 0/);
  assert.throws(() => train([[1], [2]], { l1: -1 }), /invalid l1; expected a number from 0, got -1/);
  const one = train([[1], [2]], { nLatents: 2, nSteps: 1 });
  assert.throws(() => one.encode([1, 2]), /encode: row: wrong number of features; expected 1, got 2/);
  assert.throws(() => one.reconstruct([Infinity]), /reconstruct: row row 0: invalid value/);
  const json = { ...one.toJson(), weights: [[1]], centre: [] };
  assert.throws(
    () => sparseAutoencoderFromJson(json, 'm.json'),
    /m.json: weights: 1 rows; expected 2[^]*centre: an empty list/,
  );
});
