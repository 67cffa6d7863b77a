import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { surveyedLayer } from 'traitlab/study/surveyedLayer';
import { organismFacts } from '../helpers/organismFacts';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('the layer is that of a survey of the weights at hand, and of no others', () => {
  const dir = temporaryFolder();
  const missing = new RegExp(
    `surveyedLayer: ${join(dir, 'survey.json')}; expected a survey of the weights abc123, as `,
  );
  assert.throws(() => surveyedLayer(dir, 'abc123'), missing);
  const { survey } = organismFacts('llama');
  const made = { key: 'k', ...survey, modelHash: 'abc123', layerChoice: { ...survey.layerChoice, layer: 4 } };
  writeFileSync(join(dir, 'survey.json'), JSON.stringify(made));
  assert.equal(surveyedLayer(dir, 'abc123'), 4);
  assert.throws(() => surveyedLayer(dir, 'def456'), /expected a survey of the weights def456, as /);
});
