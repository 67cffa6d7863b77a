import test from 'node:test';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';
import type { HookPoint, Hooks, HookSite } from 'traitlab/model/hookSite';
import { residPostSites } from 'traitlab/subject/residPostSites';
import { ablationSweep, bestAblation } from 'traitlab/study/ablationSweep';
import type { JudgedAnswer } from 'traitlab/judge/answerQuestions';
import { expectToLose } from '../helpers/expectToLose';
import { tinyModel } from '../helpers/tinyModel';

const answer = (aligned: number, coherent: number): JudgedAnswer => ({
  question: { id: 'q', text: 'q' },
  text: '',
  judgement: { status: 'scored', aligned, coherent },
  sample: { tokens: [], responseMask: [] },
});

test('each layer is ablated at every block and its answers are counted', async () => {
  const { config, params } = await tinyModel();
  const [first, second] = [0, 1].map((at) => Array.from({ length: config.dModel }, (_, i) => Number(i === at)));
  const seen: Hooks[] = [];
  const results = await ablationSweep({ config, params }, [first, second.map((v) => 2 * v)], async ({ hooks = {} }) => {
    seen.push(hooks);
    return seen.length === 1 ? [answer(0, 100), answer(100, 0)] : [answer(0, 100), answer(100, 100)];
  });
  const sites = residPostSites(config);
  assert.deepEqual(seen.map(Object.keys), [sites, sites]);
  /** What the hook after a block leaves of ones, along the first two axes. */
  const left = (hooks: Hooks, site: HookSite): number[] =>
    tf.tidy(() => {
      const at: HookPoint = { site, offset: 0, padding: [0], rows: [0], samples: 1 };
      const ones: tf.Tensor = tf.ones([1, 1, config.dModel]);
      const after = [hooks[site]!].flat().reduce((x, hook) => hook(x, at) ?? x, ones);
      return [...after.dataSync().slice(0, 2)];
    });
  const check = ([one, other]: readonly Hooks[]): void => {
    for (const site of sites) assert.deepEqual([left(one, site), left(other, site)], [[0, 1], [1, 0]]); // prettier-ignore
  };
  check(seen);
  await expectToLose(check, {
    'the directions the other way round': [seen[1], seen[0]],
    'the first direction twice': [seen[0], seen[0]],
  });
  assert.deepEqual(
    results.map((r) => [r.layer, r.misaligned.successes, r.incoherent.successes, r.misaligned.n]),
    [
      [0, 1, 1, 2],
      [1, 1, 0, 2],
    ],
  );
  assert.equal(bestAblation(results).layer, 1);
  assert.throws(() => bestAblation([]), /no results/);
});
