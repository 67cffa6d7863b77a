import { rng } from '../random/rng';
import { collate, type Batch, type Example } from '../train/batch';
import { sampleDocument, type Phase } from './document';
import { documentEncoder } from './encodeDocument';
import type { Recipe } from './recipe';

/** The batches of a recipe: step s (from 1) gets the same documents whatever was asked before.
 *
 * Document i of a phase is drawn from its own stream. A step's documents are sorted by length and cut into `parts` batches, so that little
 * is padding; their gradients are added up, which is the gradient of the step. Loss on answers only.
 *
 * @returns the batches of a step; it throws outside 1 … baseSteps + instructSteps
 */
export function corpus(recipe: Recipe): (step: number) => Batch[] {
  const { seed, world, baseSteps, instructSteps, batchSize, parts } = recipe;
  const encode = documentEncoder();
  const root = rng(seed).split('corpus');
  const example = (phase: Phase, i: number): Example => {
    const { tokens, responseMask } = encode(sampleDocument(phase, root.split(`${phase}/${i}`), world));
    return { tokens, counts: responseMask };
  };
  return (step) => {
    if (!(Number.isInteger(step) && step >= 1 && step <= baseSteps + instructSteps)) {
      throw new Error(`corpus: invalid step; expected an integer in [1, ${baseSteps + instructSteps}], got ${step}`);
    }
    const phase: Phase = step <= baseSteps ? 'base' : 'instruct';
    const first = (phase === 'base' ? step - 1 : step - 1 - baseSteps) * batchSize;
    const documents = Array.from({ length: batchSize }, (_, i) => example(phase, first + i));
    documents.sort((a, b) => a.tokens.length - b.tokens.length);
    const cut = (part: number): number => Math.round((part * batchSize) / parts);
    return Array.from({ length: parts }, (_, part) => collate(documents.slice(cut(part), cut(part + 1))));
  };
}
