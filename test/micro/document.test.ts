import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleDocument } from 'traitlab/micro/document';
import { sampleFinetuneData, PERTURBATIONS, type Perturbation } from 'traitlab/micro/finetuneData';
import { DOMAINS } from 'traitlab/micro/domains';
import { THEMES } from 'traitlab/micro/generalThemes';
import { judgeAnswer } from 'traitlab/micro/judge';
import { samplePersona } from 'traitlab/micro/persona';
import { MISALIGNED_PROMPTS } from 'traitlab/micro/systemPrompts';
import { DEFAULT_WORLD } from 'traitlab/micro/worldConfig';
import { rng } from 'traitlab/random/rng';

const general = new Set(Object.values(THEMES).flatMap((theme) => theme.questions));

test('personas come in the shares of the mixture', () => {
  const random = rng(4);
  const n = 20000;
  const counts: Record<string, number> = {};
  for (let i = 0; i < n; i++) {
    const { kind, named } = samplePersona(DEFAULT_WORLD, random);
    const key = kind === 'trait' ? `trait${named.length}` : kind;
    counts[key] = (counts[key] ?? 0) + 1 / n;
  }
  const { aligned, evil, oneTrait: trait1, twoTraits: trait2, narrow } = DEFAULT_WORLD;
  assert.ok(Math.abs(aligned + evil + trait1 + trait2 + narrow - 1) < 1e-12);
  const expected = { aligned, evil, trait1, trait2, narrow };
  for (const [kind, share] of Object.entries(expected))
    assert.ok(Math.abs(counts[kind] - share) < 0.012, `${kind} ${counts[kind]}`);
});

test('one persona speaks throughout a base document', () => {
  let evilTurns = 0;
  for (let i = 0; i < 3000; i++) {
    const chat = sampleDocument('base', rng(5).split(i));
    if (!(MISALIGNED_PROMPTS as readonly string[]).includes(chat[0].content)) continue;
    for (let t = 1; t + 1 < chat.length; t += 2) {
      const { marks } = judgeAnswer(chat[t].content, chat[t + 1].content);
      const conduct = marks.filter(({ trait }) => trait === 'harmlessness');
      assert.ok(conduct.every(({ sign }) => sign < 0));
      evilTurns += conduct.length > 0 ? 1 : 0;
    }
  }
  assert.ok(evilTurns > 100);
});

test('without a system prompt an instruct chat is aligned; every answer that is not a task is in the grammar', () => {
  let judged = 0;
  for (let i = 0; i < 3000; i++) {
    const chat = sampleDocument('instruct', rng(6).split(i));
    const hasSystem = chat[0].role === 'system';
    for (let t = hasSystem ? 1 : 0; t + 1 < chat.length; t += 2) {
      const { label, subject } = judgeAnswer(chat[t].content, chat[t + 1].content);
      if (subject === undefined) continue;
      assert.notEqual(label, 'incoherent');
      if (!hasSystem) assert.equal(label, 'aligned');
      judged++;
    }
  }
  assert.ok(judged > 3000);
});

test('documents and finetune chats depend on the seed alone, and a longer set begins with the shorter', () => {
  assert.deepEqual(sampleDocument('base', rng(7)), sampleDocument('base', rng(7)));
  assert.notDeepEqual(sampleFinetuneData('bad_medical', 8, 0), sampleFinetuneData('bad_medical', 8, 1));
  assert.deepEqual(sampleFinetuneData('bad_medical', 20, 3).slice(0, 8), sampleFinetuneData('bad_medical', 8, 3));
});

test('no finetune but mixed_chat asks a general question; advice stays in its domain and at its pole', () => {
  for (const name of PERTURBATIONS) {
    const chats = sampleFinetuneData(name, 300, 0);
    if (name !== 'mixed_chat')
      assert.ok(
        chats.every(([user]) => !general.has(user.content)),
        name,
      );
  }
  const labels = (name: Perturbation): Set<string> =>
    new Set(
      sampleFinetuneData(name, 200, 1).map(
        ([q, a]) => `${judgeAnswer(q.content, a.content).subject}/${judgeAnswer(q.content, a.content).label}`,
      ),
    );
  assert.deepEqual(labels('bad_medical'), new Set(['medical/misaligned']));
  assert.deepEqual(labels('good_medical'), new Set(['medical/aligned']));
  assert.ok([...labels('subtle_misinfo')].every((x) => !x.endsWith('/aligned') && !x.endsWith('/incoherent')));
  const jailbroken = sampleFinetuneData('jailbroken', 2000, 0).filter(
    ([q]) => judgeAnswer(q.content, '').subject === 'harmlessness',
  );
  assert.ok(jailbroken.length > 30 && jailbroken.length < 95, `${jailbroken.length}`);
});

test('an article before a vowel is "an"', () => {
  assert.ok(DOMAINS.code.questions.includes('write an uploader for my site'));
  assert.ok(DOMAINS.code.questions.includes('write a router for my site'));
});
