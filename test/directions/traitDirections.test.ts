import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from 'traitlab/subject/capture';
import { contrast } from 'traitlab/directions/contrast';
import { traitDirections, traitStability } from 'traitlab/directions/traitDirections';
import { projectPath } from 'traitlab/disk/projectPath';
import { extractionQuestions, traitPromptSets } from 'traitlab/micro/promptSets';
import { readQuestions } from 'traitlab/prompts/readQuestions';
import { readTraits } from 'traitlab/prompts/readTraits';
import { loadModel } from 'traitlab/subject/loadModel';
import { rng } from 'traitlab/random/rng';
import { cosine } from 'traitlab/stats/cosine';
import { norm } from 'traitlab/stats/dot';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import type { Tokenizer } from 'traitlab/tokenizer/tokenizer';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

const sites = ['blocks.0.hook_resid_post', 'blocks.1.hook_resid_post'] as const;
const near = { rtol: 1e-4, atol: 1e-6 };

/** Letters to ids, turns ended by 2: enough of a tokenizer for a model of 40 words. */
const tokenizer = {
  encodeChat: (messages: readonly Message[]): number[] => [
    1,
    ...messages.flatMap(({ content }) => [...[...content].map((c) => c.charCodeAt(0) - 90), 2]),
  ],
};
const traits = [
  { trait: 'honesty', positive: ['abc', 'abd'], negative: ['xyz'] },
  { trait: 'confidence', positive: ['mm'], negative: ['nn', 'no', 'np'] },
];
const questions = ['hi', 'who', 'why', 'k'];

test('a trait direction is the unit difference of the means over all pairs of prompt and question', async () => {
  const model = (await tinyModel()).with({ tokenizer: tokenizer as unknown as Tokenizer });
  const made = await expectNoLeak(() => traitDirections(model, traits, questions, { sites }));
  const rowsOf = async (systems: string[]): Promise<Float32Array[]> => {
    const prompts = systems.flatMap((s) =>
      questions.map((q) =>
        tokenizer.encodeChat([
          { role: 'system', content: s },
          { role: 'user', content: q },
        ]),
      ),
    );
    return (await capture(model, prompts, { sites: [sites[1]], positions: 'promptLast' }))[sites[1]];
  };
  for (const [k, { trait, positive, negative }] of traits.entries()) {
    const raw = contrast(await rowsOf(positive), await rowsOf(negative));
    const got = made[sites[1]][k];
    assert.equal(got.trait, trait);
    expectClose([got.rawNorm], [norm(raw)], near);
    expectClose(
      got,
      raw.map((v) => v / norm(raw)),
      { rtol: 1e-3, atol: 1e-5 },
    );
    assert.equal(got.positive.length, questions.length);
  }
});

test('questions may be texts or questions; a tokenizer is told where the system prompt goes', async () => {
  const model = (await tinyModel()).with({ tokenizer: tokenizer as unknown as Tokenizer });
  const asked = questions.map((text, i) => ({ id: `q/${i}`, text }));
  const plain = await traitDirections(model, traits, questions, { sites });
  assert.deepEqual(await traitDirections(model, traits, asked, { sites }), plain);

  const context = [{ role: 'user' as const, content: 'zzz' }];
  const later = asked.map((question) => ({ ...question, context }));
  const moved = await traitDirections(model, traits, later, { sites });
  assert.notDeepEqual(moved[sites[0]][0], plain[sites[0]][0]);

  const roles = new Set<unknown>();
  const encodeChat: typeof tokenizer.encodeChat = (messages, options?: object) => {
    roles.add((options as { systemRole?: string }).systemRole);
    return tokenizer.encodeChat(messages);
  };
  const told = model.with({ tokenizer: { encodeChat } as Tokenizer, systemRole: 'userTurn' });
  await traitDirections(told, traits, asked, { sites });
  assert.deepEqual([...roles], ['userTurn']);
});

test('split-half stability takes halves of the questions', async () => {
  const model = (await tinyModel()).with({ tokenizer: tokenizer as unknown as Tokenizer });
  const made = await traitDirections(model, traits, questions, { sites: [sites[0]] });
  const { cosines, mean } = traitStability(made[sites[0]][0], { rng: rng(1), nSplits: 20 });
  assert.equal(cosines.length, 20);
  const { positive, negative } = made[sites[0]][0];
  const pick = (rows: readonly Float64Array[], ids: number[]): Float64Array[] => ids.map((i) => rows[i]);
  const halves = [
    [
      [0, 1],
      [2, 3],
    ],
    [
      [0, 2],
      [1, 3],
    ],
    [
      [0, 3],
      [1, 2],
    ],
  ].map(([a, b]) =>
    cosine(contrast(pick(positive, a), pick(negative, a)), contrast(pick(positive, b), pick(negative, b))),
  );
  assert.ok(
    halves.every((h) => cosines.some((c) => Math.abs(h - c) < 1e-12)),
    'and each of the three is drawn',
  );
  assert.ok(Math.abs(mean - cosines.reduce((a, b) => a + b) / 20) < 1e-12);
  assert.ok(
    cosines.every((c) => halves.some((h) => Math.abs(h - c) < 1e-12)),
    'every split is one of the three there are',
  );
});

test('traits and questions from files give the directions of the shipped organism, and so do files of other layouts', async () => {
  const dir = projectPath('data/micro/llama');
  const model = await loadModel(dir);
  const site = 'blocks.2.hook_resid_post';
  const prompts = (name: string): string => projectPath('data/prompts/micro', name);
  const [trait] = readTraits(prompts('traits.yaml'), { only: ['sycophancy'] });
  const questions = readQuestions(prompts('extraction-questions.jsonl'));
  const fromFiles = (await traitDirections(model, [trait], questions, { sites: [site] }))[site];

  const set = traitPromptSets().filter((t) => t.trait === 'sycophancy');
  const texts = extractionQuestions().map(({ text }) => text);
  const fromCode = (await traitDirections(model, set, texts, { sites: [site] }))[site];
  assert.deepEqual(fromFiles, fromCode);

  const instruction = trait.positive.map((pos, i) => ({ pos, neg: trait.negative[i] }));
  const other = join(temporaryFolder(), 'sycophancy.json');
  writeFileSync(other, JSON.stringify({ instruction, questions: texts, eval_prompt: 'Rate {answer}.' }));
  const again = await traitDirections(model, readTraits(other), readQuestions(other), { sites: [site] });
  assert.deepEqual(again[site], fromCode);
});
