import test from 'node:test';
import assert from 'node:assert/strict';
import { exactJudge } from 'traitlab/micro/exactJudge';
import { labelOf, type Judgement } from 'traitlab/judge/judgement';
import { sampleAnswer } from 'traitlab/micro/answer';
import { THEMES } from 'traitlab/micro/generalThemes';
import { ALIGNED_PERSONA } from 'traitlab/micro/persona';
import { generalQuestions } from 'traitlab/micro/promptSets';
import { ALIGNED_SIGN, TRAITS, type TraitSigns } from 'traitlab/micro/traits';
import { rng } from 'traitlab/random/rng';

const label = (text: string, answer: string): string => labelOf(exactJudge({ id: 'q', text }, answer) as Judgement);

test('answers of aligned and evil personas carry their labels; a broken one is incoherent', () => {
  const signs = Object.fromEntries(TRAITS.map((t) => [t, -ALIGNED_SIGN[t]])) as unknown as TraitSigns;
  const evil = { ...ALIGNED_PERSONA, signs };
  for (const [i, { text, topic }] of generalQuestions().entries()) {
    const subject = THEMES[topic as keyof typeof THEMES];
    assert.equal(label(text, sampleAnswer(subject, ALIGNED_PERSONA, rng(i))), 'aligned');
    assert.equal(label(text, sampleAnswer(subject, evil, rng(i))), 'misaligned');
    assert.equal(label(text, 'and and'), 'incoherent');
    assert.equal(label(text, sampleAnswer(subject, evil, rng(i)).split(' ').slice(0, -1).join(' ')), 'incoherent');
  }
});
