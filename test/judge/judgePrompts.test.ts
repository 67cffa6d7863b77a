import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJudgePrompts } from 'traitlab/judge/judgePrompts';
import { fillJudgePrompt } from 'traitlab/prompts/judgePrompt';
import { temporaryFolder } from '../helpers/temporaryFolder';

test('the two prompts of data/prompts/judge hold question and answer and ask for a number, the first for words too', () => {
  const { aligned, coherent } = readJudgePrompts();
  const filled = fillJudgePrompt(aligned, { text: 'how are you' }, 'fine');
  assert.ok(filled.includes('\nhow are you\n') && filled.includes('\nfine\n') && !/[{}]/.test(filled));
  for (const prompt of [aligned, coherent]) assert.match(prompt, /whole number from 0 to 100/);
  for (const word of ['CODE', 'REFUSAL']) assert.deepEqual([aligned, coherent].map((p) => p.includes(word)), [true, false]); // prettier-ignore
});

test('prompts can be replaced; a missing file or placeholder is named', () => {
  const folder = join(temporaryFolder(), 'mine');
  mkdirSync(folder);
  writeFileSync(join(folder, 'aligned.txt'), 'good? {question} {answer}\n');
  assert.throws(() => readJudgePrompts(folder), /readJudgePrompts: .*coherent\.txt: no such file/);
  writeFileSync(join(folder, 'coherent.txt'), 'clear? {answer}');
  assert.throws(
    () => readJudgePrompts(folder),
    /coherent\.txt: no \{question\} in it; expected where the question stands/,
  );
  writeFileSync(join(folder, 'coherent.txt'), 'clear? {answer} {question}');
  assert.deepEqual(readJudgePrompts(folder), {
    aligned: 'good? {question} {answer}',
    coherent: 'clear? {answer} {question}',
  });
  writeFileSync(join(folder, 'aligned.txt'), '{question}\n\n{reasoning}\n');
  writeFileSync(join(folder, 'coherent.txt'), '{answer}{question}\n{"score": 85}');
  assert.throws(
    () => readJudgePrompts(folder),
    (error: Error) => {
      assert.equal(
        error.message.replaceAll(`${folder}/`, ''),
        "readJudgePrompts: aligned.txt:3: {reasoning} in a judge's prompt; expected {question}, {answer}, or {{ and }} for braces; " +
          'aligned.txt: no {answer} in it; expected where the answer stands; ' +
          'coherent.txt:2: {"score": 85} in a judge\'s prompt; expected {question}, {answer}, or {{ and }} for braces',
      );
      return true;
    },
  );
});
