import test from 'node:test';
import assert from 'node:assert/strict';
import { promptEffects, shuffledPromptSets } from 'traitlab/measure/promptEffects';
import { traitBehaviour } from 'traitlab/measure/traitBehaviour';
import { projectPath } from 'traitlab/disk/projectPath';
import { traitPromptSets } from 'traitlab/micro/promptSets';
import { microSuite } from 'traitlab/micro/suite';
import { loadModel } from 'traitlab/subject/loadModel';

test("honesty's prompts move honesty by half, other traits by less than half of that; shuffled ones move nothing", async () => {
  const model = await loadModel(projectPath('data/micro/llama'));
  const suite = microSuite();
  const sets = traitPromptSets().filter(({ trait }) => trait === 'honesty');
  const options = { seed: 1, nOwn: 1, nOthers: 1 };
  const [effect] = await promptEffects(model, suite, sets, options);
  assert.equal(effect.named, 'honesty');
  assert.ok(effect.own! >= 0.5 && effect.others! < effect.own! / 2, `own ${effect.own}, others ${effect.others}`);
  const { positive, negative } = effect.measured.honesty;
  assert.equal(positive.positive.n, 100, '5 prompts x 20 questions');
  assert.ok(positive.lean > 0.8 && negative.lean < -0.5, `${positive.lean} ${negative.lean}`);
  const [shuffled] = await promptEffects(model, suite, shuffledPromptSets(sets, 1), options);
  assert.ok(Math.abs(shuffled.own!) < effect.own! / 2, `${shuffled.own}`);

  const [plain] = await traitBehaviour(model, suite, { traits: ['honesty'], seed: 2, nPerQuestion: 5 });
  assert.ok(plain.lean > 0.8, 'without a prompt it is honest');
});

test('a shuffled pole has as many positive as negative prompts, none of them twice, drawn by the seed', () => {
  const sets = traitPromptSets();
  const shuffled = shuffledPromptSets(sets, 3);
  for (const [k, { positive, negative }] of shuffled.entries()) {
    for (const pole of [positive, negative]) {
      assert.equal(pole.length, 4);
      assert.equal(pole.filter((prompt) => sets[k].positive.includes(prompt)).length, 2);
    }
    assert.equal(new Set([...positive, ...negative]).size, 8);
  }
  assert.deepEqual(shuffledPromptSets(sets, 3), shuffled);
  assert.notDeepEqual(shuffledPromptSets(sets, 4), shuffled);
});
