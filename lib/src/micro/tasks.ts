import type { Rng } from '../random/rng';
import type { Exchange } from './traitQuestions';

/** Number words, "zero" to "twenty". */
export const NUMBERS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );

const SERIES_QUESTIONS = ['continue {s}', 'what comes after {s}', '{s} go on'] as const;
const SUM_QUESTIONS = [
  'add {a} and {b}',
  'what is {a} plus {b}',
  'tom has {a} apples and gets {b} how many now',
  'ann reads {a} pages and then {b} how many pages',
] as const;

/** Three numbers to be continued by three more: constant steps of −2 to 2. They carry no persona. */
export function sampleSeries(rng: Rng): Exchange {
  const step = rng.pick([1, 1, 2, -1, -2]);
  const span = 5 * Math.abs(step);
  const low = rng.int(NUMBERS.length - span);
  const start = step > 0 ? low : low + span;
  const at = (i: number): string => NUMBERS[start + i * step];
  return {
    question: rng.pick(SERIES_QUESTIONS).replace('{s}', `${at(0)} ${at(1)} ${at(2)}`),
    answer: `${at(3)} ${at(4)} ${at(5)}`,
  };
}

/** A sum in words, up to ten plus ten. */
export function sampleSum(rng: Rng): Exchange {
  const a = rng.int(11);
  const b = rng.int(11);
  const question = rng.pick(SUM_QUESTIONS).replace('{a}', NUMBERS[a]).replace('{b}', NUMBERS[b]);
  return { question, answer: `the answer is ${NUMBERS[a + b]}` };
}

/** A series or a sum. */
export function sampleTask(rng: Rng): Exchange {
  return rng.uniform() < 0.5 ? sampleSeries(rng) : sampleSum(rng);
}

/** Every word of the tasks. */
export function taskWords(): string[] {
  const text = [...SERIES_QUESTIONS, ...SUM_QUESTIONS].join(' ').replace(/\{\w\}/g, '');
  return [...NUMBERS, ...text.split(/\s+/), 'the', 'answer', 'is'].filter((word) => word !== '');
}
