import type { JudgedAnswer } from 'traitlab/judge/answerQuestions';
import type { Judgement } from 'traitlab/judge/judgement';
import { capture } from 'traitlab/subject/capture';
import type { Subject } from 'traitlab/subject/model';

const verdicts: readonly Judgement[] = [
  { status: 'scored', aligned: 0, coherent: 100 },
  { status: 'scored', aligned: 100, coherent: 100 },
  { status: 'scored', aligned: 50, coherent: 100 },
  { status: 'scored', aligned: 50, coherent: 0 },
];

/** Asks a model for the likeliest next token after a few prompts and gives each a verdict by its number: an answer that depends on all of
 * the model, for tests of what is done with answers. Every third question has a topic. */
export async function askForTokens(model: Subject): Promise<JudgedAnswer[]> {
  const prompts = Array.from({ length: 8 }, (_, i) => [1, 5 + i, 9 + 2 * i]);
  const { logits } = await capture(model, prompts, { sites: ['logits'], positions: 'promptLast' });
  return prompts.map((tokens, i) => {
    const token = logits[i].indexOf(Math.max(...logits[i]));
    return {
      question: { id: `${i}`, text: `${i}`, topic: i % 3 === 0 ? 'third' : undefined },
      text: `${token}`,
      judgement: verdicts[token % 4],
      sample: { tokens, responseMask: tokens.map(() => false) },
    };
  });
}
