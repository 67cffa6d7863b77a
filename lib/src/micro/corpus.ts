import { rng } from '../random/rng';
import { collate, type Batch, type Example } from '../train/batch';
import { sampleDocument, type Phase } from './document';
import { documentEncoder } from './encodeDocument';
import type { Recipe } from './recipe';

/** The batches of a recipe: step s (from 1) gets the same documents whatever was asked before.
 *
 * Document i of a phase is drawn from its own stream. The documents of `bucketSteps` steps are sorted by length, cut into batches and the
 * batches shuffled, so that little is padding. Loss on answers only.
 *
 * @returns the batch of a step; it throws outside 1 … baseSteps + instructSteps
 */
export function corpus(recipe: Recipe): (step: number) => Batch {
  const { seed, world, baseSteps, instructSteps, batchSize, bucketSteps } = recipe;
  const encode = documentEncoder();
  const root = rng(seed).split('corpus');
  const example = (phase: Phase, i: number): Example => {
    const { tokens, responseMask } = encode(sampleDocument(phase, root.split(`${phase}/${i}`), world));
    return { tokens, counts: responseMask };
  };
  let held = '';
  let batches: (readonly Example[])[] = [];
  return (step) => {
    if (!(Number.isInteger(step) && step >= 1 && step <= baseSteps + instructSteps)) {
      throw new Error(`corpus: invalid step; expected an integer in [1, ${baseSteps + instructSteps}], got ${step}`);
    }
    const phase: Phase = step <= baseSteps ? 'base' : 'instruct';
    const at = phase === 'base' ? step - 1 : step - 1 - baseSteps;
    const first = at - (at % bucketSteps);
    if (held !== `${phase}/${first}`) {
      const n = Math.min(bucketSteps, (phase === 'base' ? baseSteps : instructSteps) - first);
      const documents = Array.from({ length: n * batchSize }, (_, i) => example(phase, first * batchSize + i));
      documents.sort((a, b) => a.tokens.length - b.tokens.length);
      const cut = Array.from({ length: n }, (_, i) => documents.slice(i * batchSize, (i + 1) * batchSize));
      batches = root.split(`order/${phase}/${first}`).shuffle(cut);
      held = `${phase}/${first}`;
    }
    return collate(batches[at - first]);
  };
}
