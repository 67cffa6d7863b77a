import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { initBackend } from 'traitlab/backend/initBackend';
import { writeJsonl } from 'traitlab/documents/jsonl';
import { CONTROLLED_GROWTHS, SHIPPED_GROWTHS, type ControlledGrowth } from 'traitlab/micro/controlledGrowths';
import { growOrganism } from 'traitlab/micro/growOrganism';
import { growthRecord } from 'traitlab/micro/growthRecord';
import { growStations, stationPath } from 'traitlab/micro/growStations';
import { RECIPES, type Recipe } from 'traitlab/micro/recipe';
import { microSuite } from 'traitlab/micro/suite';
import { loadModel } from 'traitlab/subject/loadModel';
import { temporaryFolder } from '../helpers/temporaryFolder';

/** A recipe of the study's on a decoder of two narrow blocks, with as few steps. */
function tiny(recipe: Recipe): Recipe {
  const narrow = { hidden_size: 16, num_hidden_layers: 2, head_dim: 8, num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 16 }; // prettier-ignore
  return {
    ...recipe,
    model: { ...recipe.model, ...narrow },
    baseSteps: 3,
    instructSteps: 4,
    floorSteps: 2,
    batchSize: 3,
  };
}
const weights = (dir: string): string => readFileSync(join(dir, 'model.safetensors')).toString('base64');

test('each growth changes one thing of its reference, each change is made both ways round', () => {
  for (const { name, reference, change, recipe, instructSteps } of CONTROLLED_GROWTHS) {
    const { instructSteps: _, floorSteps: __, seed, switches, ...rest } = recipe;
    const { instructSteps: ___, floorSteps: ____, seed: ownSeed, ...own } = RECIPES[reference];
    assert.deepEqual(rest, own, name);
    const changed = [seed !== ownSeed, ...Object.keys(switches ?? {})].filter((x) => x !== false);
    assert.equal(changed.length, change === undefined ? 0 : 1, name);
    assert.deepEqual(instructSteps, [250, 450], name);
    assert.equal(recipe.instructSteps - recipe.floorSteps, 250, `${name}: the cosine ends with the thin phase`);
  }
  const of = (reference: string): string[] => CONTROLLED_GROWTHS.filter((g) => g.reference === reference).map((g) => Object.keys(g.recipe.switches ?? {}).join()).sort(); // prettier-ignore
  assert.deepEqual(of('qwen2'), of('gemma2'));
  assert.equal(new Set([...CONTROLLED_GROWTHS, ...SHIPPED_GROWTHS].map((g) => g.name)).size, 15);
});

test('a growth is kept on its way: the thin phase of a thick growth is the whole of a thin one', async () => {
  await initBackend();
  const root = temporaryFolder();
  const thick = tiny(RECIPES.gemma2);
  const workDir = join(root, 'thick');
  await growStations([5, 7], { recipe: thick, workDir });
  await growOrganism({ recipe: { ...thick, instructSteps: 2, floorSteps: 0 }, dir: join(root, 'thin'), workDir: join(root, 'thin.growing') }); // prettier-ignore
  await growOrganism({ recipe: thick, dir: join(root, 'whole'), workDir: join(root, 'whole.growing') });
  assert.equal(weights(stationPath(workDir, 5)), weights(join(root, 'thin')));
  assert.equal(weights(stationPath(workDir, 7)), weights(join(root, 'whole')));
  assert.notEqual(weights(stationPath(workDir, 5)), weights(stationPath(workDir, 7)));
  await assert.rejects(growStations([0, 8], { recipe: thick, workDir }), /no step 0, 8; expected integers in \[1, 7\]/);
  rmSync(stationPath(workDir, 5), { recursive: true });
  await assert.rejects(growStations([5], { recipe: thick, workDir }), /nothing kept of step 5; expected it/);
});

test('a growth with switches of its own is opened with them, and is no organism', async () => {
  const recipe: Recipe = { ...tiny(RECIPES.qwen2), switches: { sandwichNorms: true } };
  const root = temporaryFolder();
  await growStations([7], { recipe, workDir: root });
  const dir = stationPath(root, 7);
  const model = await loadModel(dir, { switches: recipe.switches });
  assert.ok('model.layers.1.post_feedforward_layernorm.weight' in model.params);
  await assert.rejects(loadModel(dir), /unused weights: .*post_feedforward_layernorm/);
  await assert.rejects(growOrganism({ recipe, dir: join(root, 'x'), workDir: root }), /the recipe has switches of its own; expected those of its family/); // prettier-ignore
});

test('a record holds each thickness, goes on where it was stopped, and takes an organism that is there', async () => {
  const micro = microSuite();
  const suite = {
    ...micro,
    judge: {
      ...micro.judge,
      answer: (_: unknown, answer: string) => ({ status: 'scored', aligned: 100 * (answer.length % 2), coherent: 100 }) as const, // prettier-ignore
    },
    generalQuestions: micro.generalQuestions.slice(0, 4),
    protocol: { ...micro.protocol, maxNewTokens: 4 },
    study: {
      ...micro.study,
      nChats: 20,
      recipe: (cell: Parameters<typeof micro.study.recipe>[0]) => ({
        recipe: { ...micro.study.recipe(cell).recipe, epochs: undefined, maxSteps: 2 },
      }),
    },
  };
  const workDir = temporaryFolder();
  const growth: ControlledGrowth = { name: 'tiny', reference: 'llama', recipe: tiny(RECIPES.llama), instructSteps: [2, 4] }; // prettier-ignore
  const few = { coeffs: [1], nPerQuestion: { tuned: 4, point: 1, again: 1 }, nRandom: 1 };
  const stop = new AbortController();
  const onStep = ({ step }: { step: number }): void => void (step === 6 && stop.abort());
  await assert.rejects(growthRecord(growth, suite, { workDir, ...few, onStep, signal: stop.signal }), /stopped at step 6 of 7/); // prettier-ignore
  const record = await growthRecord(growth, suite, { workDir, ...few });
  assert.deepEqual(record.stations.map(({ instructSteps }) => instructSteps), [2, 4]); // prettier-ignore
  assert.ok(record.stations.every(({ loss, steerability }) => loss > 6 && loss < 8 && steerability.sweep.length === 2));
  assert.notEqual(record.stations[0].steerability.modelHash, record.stations[1].steerability.modelHash);
  assert.deepEqual(await growthRecord(growth, suite, { workDir, ...few }), record);
  const grown = join(workDir, 'organism');
  cpSync(stationPath(workDir, 7), grown, { recursive: true });
  writeJsonl(join(grown, 'training-log.jsonl'), [1, 2, 3, 4, 5, 6, 7].map((step) => ({ step, loss: step, seconds: 1 }))); // prettier-ignore
  const shipped = await growthRecord({ ...growth, instructSteps: [4] }, suite, { workDir: join(workDir, 'shipped'), grown, ...few }); // prettier-ignore
  assert.deepEqual(shipped.stations[0].loss, 4);
  assert.deepEqual(shipped.stations[0].steerability, record.stations[1].steerability);
});
