import test from 'node:test';
import assert from 'node:assert/strict';
import { countedCheckpoints } from 'traitlab/records/countedCheckpoints';

const checkpoint = (step: number, em: string, second?: string) => ({
  step,
  loss: 1,
  gradNorm: 1,
  em,
  ...(second !== undefined && { second }),
});
const told = (checkpoints: readonly ReturnType<typeof checkpoint>[]) =>
  countedCheckpoints({ checkpoints }, { denominator: 'notExcluded' }).map(({ checkpoint: at, step, isLast }) => [at, step, isLast]); // prettier-ignore

test('integer steps count, each once, and the last of them is marked', () => {
  const [first, last] = [checkpoint(10, 'aam'), checkpoint(20, 'amm')];
  const counted = [
    [0, 10, false],
    [1, 20, true],
  ];
  assert.deepEqual(told([first, last]), counted);
  assert.deepEqual(told([first, last, last, checkpoint(20.5, 'a'), first]), counted);
  assert.deepEqual(told([]), []);
});

test('labels are of the answers that count; without any there is none, and the checkpoint is there', () => {
  const [some, none, more] = countedCheckpoints(
    { checkpoints: [checkpoint(10, 'amri'), checkpoint(20, 'rr', 'a'), checkpoint(30, 'a', 'rrr')] },
    { denominator: 'notExcluded' },
  );
  assert.deepEqual([some.label?.successes, some.label?.n, some.second], [1, 2, undefined]);
  assert.deepEqual([none.step, 'label' in none, none.second?.n], [20, false, 1]);
  assert.deepEqual([more.label?.n, 'second' in more, more.isLast], [1, false, true]);
  const [scored] = countedCheckpoints({ checkpoints: [checkpoint(10, 'amri')] }, { denominator: 'allScored' });
  assert.equal(scored.label?.n, 3);
});
