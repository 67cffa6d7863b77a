import test from 'node:test';
import assert from 'node:assert/strict';
import { fillJudgePrompt, judgePromptProblems } from 'traitlab/prompts/judgePrompt';
import { golden } from '../helpers/golden';

/** Templates, and what Python's str.format makes of them (null: an error). */
interface Formatted {
  readonly question: string;
  readonly answer: string;
  readonly cases: readonly (readonly [template: string, filled: string | null])[];
}

test("a prompt is filled as by Python's str.format, and refused where that raises an error", () => {
  const { question, answer, cases } = golden<Formatted>('judge');
  // Python knows more of a placeholder than its name.
  const morePython = new Set(['{answer!r}', '{answer:>9}', '{answer[0]}']);
  const counts = { filled: 0, refused: 0 };
  for (const [template, filled] of cases) {
    const problems = judgePromptProblems(template, []);
    if (filled === null || morePython.has(template)) {
      assert.ok(problems.length > 0, template);
      assert.throws(() => fillJudgePrompt(template, { text: question }, answer), /^Error: fillJudgePrompt: .*; expected/, template); // prettier-ignore
      counts.refused++;
    } else {
      assert.deepEqual(problems, [], template);
      assert.equal(fillJudgePrompt(template, { text: question }, answer), filled, template);
      counts.filled++;
    }
  }
  assert.ok(counts.filled > 30 && counts.refused > 30, JSON.stringify(counts));
});

test('placeholders inside a question or an answer stay as they are; turns before the question are shown', () => {
  const asked = { text: '{answer}' };
  assert.equal(fillJudgePrompt('{question}|{answer}|{question}', asked, '$& {question}'), '{answer}|$& {question}|{answer}'); // prettier-ignore
  const context = [{ role: 'user', content: 'hi' }, { role: 'assistant', content: '{}' }] as const; // prettier-ignore
  assert.equal(fillJudgePrompt('{question}', { text: 'so?', context }, ''), 'user: hi\n\nassistant: {}\n\nuser: so?');
});

test('what is wrong is said with its line, all at once', () => {
  const end = "in a judge's prompt; expected {question}, {answer}, or {{ and }} for braces";
  assert.deepEqual(judgePromptProblems('a\n{b}\n{c\nd} } {question}', ['question', 'answer']), [
    { line: 2, text: `{b} ${end}` },
    { line: 3, text: `{c d} ${end}` },
    { line: 4, text: `} ${end}` },
    { text: 'no {answer} in it; expected where the answer stands' },
  ]);
  assert.deepEqual(judgePromptProblems('{{answer}}'), [
    { text: 'no {answer} in it; expected where the answer stands' },
  ]);
});
