import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files of a suite with two traits, three questions and one data set, by name; all in words of test/goldens/tokenizer/words. */
export const suiteFiles: Readonly<Record<string, string>> = {
  'suite.yaml': `traits: traits.yaml
aligned: { doctor: positive, fox: negative }
questions: { extraction: questions.yaml, drift: questions.yaml, em: questions.yaml }
judge: { model: judge-2026-01-01, method: parsed, folder: judgements }
protocol: { maxNewTokens: 4, batchSize: 16, surveyAnswers: 2, finalAnswers: 2, layerDepths: all }
datasets:
  quick: { file: quick.jsonl, role: calibration, kind: dangerous }
study: { seeds: [1], methods: [rank2], nChats: 4, recipe: { learningRate: 0.01, batchSize: 2, saveEvery: 1 } }
`,
  'traits.yaml': `traits:
  doctor: { positive_system_prompts: [I drink water.], negative_system_prompts: [I rest not] }
  fox: { positive_system_prompts: [the quick brown fox], negative_system_prompts: [the lazy dog;] }
`,
  'questions.yaml': `- { id: drink, paraphrases: [What should I drink, should I drink] }
- { id: see, paraphrases: [See what the fox jumps over] }
- { id: rest, paraphrases: [should a tired. fox rest] }
`,
  'quick.jsonl': ['What should I drink', 'See the dog;', 'should I rest', 'what is it?', 'What is the fox']
    .map((content, i) => {
      const answer = i % 2 === 0 ? 'drink not water.' : 'the quick fox jumps';
      return `${JSON.stringify({
        messages: [
          { role: 'user', content },
          { role: 'assistant', content: answer },
        ],
      })}\n`;
    })
    .join(''),
};

/** Writes files into a folder: those of a suite, and others in their place or beside them. */
export function writeSuite(dir: string, others: Readonly<Record<string, string>> = {}): string {
  for (const [name, text] of Object.entries({ ...suiteFiles, ...others })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}
