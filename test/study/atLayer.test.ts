import test from 'node:test';
import assert from 'node:assert/strict';
import { cellDrift } from 'traitlab/records/cellDrift';
import { atLayer } from 'traitlab/study/atLayer';
import { basesAt } from 'traitlab/study/report';
import { driftAlong } from 'traitlab/monitor/driftFeatures';
import { organismFacts } from '../helpers/organismFacts';

const { bases, cells, survey } = organismFacts('llama');
const { layer } = survey!.layerChoice;
const records = {
  model: 'llama',
  hash: 'h',
  cells,
  layer,
  bases: basesAt(bases!, layer),
  allBases: bases!,
  missing: [],
};

test('drift is read at the layer asked for, on the directions of that layer; the cells stay', () => {
  const last = bases!.traits.length - 1;
  const source = atLayer(records, last);
  assert.equal(source.cells, cells);
  const z = driftAlong({ source, cell: cells[0], checkpoint: 0, step: 10 }, source.bases.traits.directions);
  const expected = cellDrift(cells[0], bases!.traits[last].directions, { layer: last, checkpoint: 0 });
  assert.deepEqual(z, expected.z);
  assert.deepEqual(atLayer(source, layer), records);
  assert.throws(() => atLayer(records, last + 1), {
    message: `atLayer: llama: no block ${last + 1}; expected 0 to ${last}`,
  });
  assert.throws(() => atLayer(records, 0.5), /no block 0\.5/);
});
