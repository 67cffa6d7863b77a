import test from 'node:test';
import assert from 'node:assert/strict';
import { residPostSites } from 'traitlab/subject/residPostSites';
import { ablationSweep, bestAblation } from 'traitlab/measure/ablationSweep';
import type { JudgedAnswer } from 'traitlab/judge/answerQuestions';
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
  const seen: string[][] = [];
  const results = await ablationSweep({ config, params }, [first, second.map((v) => 2 * v)], async ({ hooks = {} }) => {
    seen.push(Object.keys(hooks));
    return seen.length === 1 ? [answer(0, 100), answer(100, 0)] : [answer(0, 100), answer(100, 100)];
  });
  assert.deepEqual(seen, [residPostSites(config), residPostSites(config)]);
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
