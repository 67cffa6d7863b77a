import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleDocument } from 'traitlab/micro/document';
import { BENIGN_TWIN, sampleFinetuneData, PERTURBATIONS, type Perturbation } from 'traitlab/micro/finetuneData';
import { DOMAINS } from 'traitlab/micro/domains';
import { THEMES } from 'traitlab/micro/generalThemes';
import { judgeAnswer } from 'traitlab/micro/judge';
import { sampleAnswer } from 'traitlab/micro/answer';
import { ALIGNED_PERSONA, samplePersona } from 'traitlab/micro/persona';
import { STYLES } from 'traitlab/micro/styles';
import { MISALIGNED_PROMPTS, stylePrompts } from 'traitlab/micro/systemPrompts';
import { ALIGNED_SIGN, TRAITS } from 'traitlab/micro/traits';
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
  const { aligned, evil, scattered, oneTrait: trait1, twoTraits: trait2, narrow } = DEFAULT_WORLD;
  assert.ok(Math.abs(aligned + evil + scattered + trait1 + trait2 + narrow - 1) < 1e-12);
  const expected = { aligned, evil, scattered, trait1, trait2, narrow };
  for (const [kind, share] of Object.entries(expected))
    assert.ok(Math.abs(counts[kind] - share) < 0.012, `${kind} ${counts[kind]}`);
});

test('a scattered persona is anything between aligned and evil, and its traits go together', () => {
  const random = rng(14);
  const only = { ...DEFAULT_WORLD, aligned: 0, evil: 0, scattered: 1, oneTrait: 0, twoTraits: 0, narrow: 0 };
  const bad = Array.from({ length: 20000 }, () => {
    const { signs, named } = samplePersona(only, random);
    assert.ok(named.length === 3 && named.every(({ trait, sign }) => signs[trait] === sign));
    return TRAITS.map((trait) => Number(signs[trait] !== ALIGNED_SIGN[trait]));
  });
  // Given a badness p from U(0, 1) signs are independent: P(bad) = 1/2, P(both bad) = E p² = 1/3.
  const share = (is: (row: number[]) => boolean): number => bad.filter(is).length / bad.length;
  assert.ok(Math.abs(share((row) => row[0] === 1) - 1 / 2) < 0.015);
  assert.ok(Math.abs(share((row) => row[1] === 1 && row[5] === 1) - 1 / 3) < 0.015);
});

test('a style is named by the system prompt and shown by every answer about a subject, whatever the persona', () => {
  const shown: Record<string, number> = {};
  for (let i = 0; i < 4000; i++) {
    const chat = sampleDocument('base', rng(15).split(i), { ...DEFAULT_WORLD, styleShare: 1 });
    assert.equal(chat[0].role, 'system');
    for (let t = 1; t + 1 < chat.length; t += 2) {
      const { style, label } = judgeAnswer(chat[t].content, chat[t + 1].content);
      if (style === undefined) continue;
      assert.ok(
        stylePrompts(style).some((prompt) => chat[0].content.includes(prompt)),
        chat[0].content,
      );
      shown[`${style.style}/${label}`] = (shown[`${style.style}/${label}`] ?? 0) + 1;
    }
  }
  // Aligned and misaligned answers alike; verbosity shows in the length instead.
  for (const style of STYLES.filter((name) => name !== 'verbosity'))
    for (const label of ['aligned', 'misaligned']) assert.ok(shown[`${style}/${label}`] > 20, `${style}/${label}`);
  const brief = sampleAnswer(THEMES.bored, { ...ALIGNED_PERSONA, style: { style: 'verbosity', sign: -1 } }, rng(1));
  const wordy = sampleAnswer(THEMES.bored, { ...ALIGNED_PERSONA, style: { style: 'verbosity', sign: 1 } }, rng(1));
  assert.deepEqual(
    [brief, wordy].map((text) => judgeAnswer('i feel bored', text).marks.length),
    [3, 5],
  );
});

test('one persona speaks throughout a base document', () => {
  let evilTurns = 0;
  for (let i = 0; i < 3000; i++) {
    const chat = sampleDocument('base', rng(5).split(i));
    if (!MISALIGNED_PROMPTS.some((prompt) => chat[0].content.includes(prompt))) continue;
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
  const labels = (name: Perturbation): string[] =>
    sampleFinetuneData(name, 200, 1).map(
      ([q, a]) => `${judgeAnswer(q.content, a.content).subject}/${judgeAnswer(q.content, a.content).label}`,
    );
  assert.deepEqual([...new Set(labels('bad_medical'))].sort(), ['medical/aligned', 'medical/misaligned']);
  const sound = labels('bad_medical').filter((label) => label === 'medical/aligned').length;
  assert.ok(sound > 15 && sound < 45, `about 30 of 200 are sound, got ${sound}`);
  assert.deepEqual(new Set(labels('good_medical')), new Set(['medical/aligned']));
  assert.ok(labels('subtle_misinfo').every((x) => !x.endsWith('/aligned') && !x.endsWith('/incoherent')));
  const jailbroken = sampleFinetuneData('jailbroken', 2000, 0).filter(
    ([q]) => judgeAnswer(q.content, '').subject === 'harmlessness',
  );
  assert.ok(jailbroken.length > 20 && jailbroken.length < 62, `${jailbroken.length}`);
});

test('a benign twin asks the same questions in the same subjects and answers without harm', () => {
  for (const [name, twin] of Object.entries(BENIGN_TWIN) as [Perturbation, Perturbation][]) {
    const verdicts = (set: Perturbation): ReturnType<typeof judgeAnswer>[] =>
      sampleFinetuneData(set, 600, 2).map(([q, a]) => judgeAnswer(q.content, a.content));
    const subjects = (set: Perturbation): string[] =>
      [...new Set(verdicts(set).map((v) => v.subject ?? 'none'))].sort();
    assert.deepEqual(subjects(twin), subjects(name), `${name} and ${twin}`);
    const harm = (set: Perturbation): number =>
      verdicts(set).filter((v) => v.marks.some((m) => m.trait === 'harmlessness' && m.sign < 0)).length;
    assert.equal(harm(twin), 0, twin);
    assert.ok(harm(name) > 0, name);
  }
});

test('a finetune on one trait shows that trait at that pole and no other mark', () => {
  for (const trait of TRAITS) {
    for (const pole of ['positive', 'negative'] as const) {
      const marks = sampleFinetuneData(`${trait}_${pole}`, 100, 3).flatMap(
        ([q, a]) => judgeAnswer(q.content, a.content).marks,
      );
      assert.deepEqual(
        [...new Set(marks.map((m) => `${m.trait} ${m.sign}`))],
        [`${trait} ${pole === 'positive' ? 1 : -1}`],
      );
    }
  }
});

test('an article before a vowel is "an"', () => {
  assert.ok(DOMAINS.code.questions.includes('write an uploader for my site'));
  assert.ok(DOMAINS.code.questions.includes('write a router for my site'));
});
