import test from 'node:test';
import assert from 'node:assert/strict';
import { labelSides } from 'traitlab/judge/labelSides';
import type { Judgement } from 'traitlab/judge/judgement';

test('sides are the places of the answers with each label', () => {
  const scored = (aligned: number, coherent = 100): Judgement => ({ status: 'scored', aligned, coherent });
  const answers = [scored(0), scored(100), scored(10, 20), { status: 'refusal' } as const, scored(50), scored(29)];
  assert.deepEqual(labelSides(answers), { positive: [0, 5], negative: [1] });
  assert.deepEqual(labelSides(answers, { positive: 'incoherent', negative: 'mixed' }), {
    positive: [2],
    negative: [4],
  });
  assert.deepEqual(labelSides(answers.map((judgement) => ({ judgement }))), { positive: [0, 5], negative: [1] });
  assert.deepEqual(labelSides([]), { positive: [], negative: [] });
});
