import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callTraitlab } from '../helpers/callTraitlab';
import { ENGLISH, writeEnglishStudy } from '../helpers/englishStudy';
import { writeFamilyCheckpoints } from '../helpers/familyCheckpoints';
import { completion, fakeJudge, type FakeJudge } from '../helpers/fakeJudge';
import { startTraitlab, type TraitlabRun } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const root = temporaryFolder();
const suite = join(root, 'suite');
const noJudge = { TRAITLAB_JUDGE_URL: '', TRAITLAB_JUDGE_KEY: '', OPENAI_BASE_URL: '', OPENAI_API_KEY: '' };
let models: readonly string[];
let server: FakeJudge;

/** Answers are coherent, aligned or not and on the topic or not, as their text has it. */
function verdict(prompt: string): string {
  const answer = /=== answer ===\n([^]*)\n=== end of answer/.exec(prompt)![1];
  const hash = createHash('sha256').update(answer).digest();
  if (prompt.includes('how much the answer is about')) return hash[0] % 2 === 0 ? '0' : '80';
  return prompt.includes('how coherent') ? `${hash[2] % 32 === 0 ? 20 : 90}` : `${hash[1] % 2 === 0 ? 5 : 95}`;
}

test.before(async () => {
  const texts = readdirSync(ENGLISH).filter((name) => /\.(yaml|jsonl)$/.test(name)).map((name) => readFileSync(join(ENGLISH, name), 'utf8')); // prettier-ignore
  models = await writeFamilyCheckpoints(join(root, 'models'), texts, ['qwen2', 'gemma2']);
  server = await fakeJudge(({ body: { messages } }) => ({ body: completion(verdict(messages[0].content)) }));
  writeEnglishStudy(suite, { mode: 'record', url: server.url });
  appendFileSync(
    join(suite, 'suite.yaml'),
    `  convergent: { topic: gardens and kitchens, sources: [nineRank1], methods: [nineRank1, full], controls: [good_advice], nPerQuestion: 5,
    coefficients: [2], factors: [10], scales: [1, 5], nScaled: 2, nFits: 2, nDraws: 3 }
`,
  );
});
test.after(() => server.close());

const study = (action: string, out: string, ...more: string[]): string[] =>
  ['study', action, '--for', 'convergent', '--models', models.join(), '--suite', suite, '--out', join(root, out), '--system-role', 'gemma2=userTurn', ...more]; // prettier-ignore
const run = (args: readonly string[], start = callTraitlab): Promise<TraitlabRun> => start(args, { cwd: root, env: noJudge }); // prettier-ignore

test('the whole work on tiny random Qwen 2.5 and Gemma 2 by the preset alone: plan, run, status, table', async () => {
  const planned = await run(study('plan', 'first'));
  assert.equal(planned.status, 0, planned.stderr);
  assert.equal(planned.stdout.trim().split('\n').length, 2 * 21);
  assert.match(planned.stderr, /of one core: organism 6: .*, directions 6: .*, transfer 4: /);
  const first = await run(study('run', 'first', '--workers', '2'), startTraitlab); // as a user starts it
  assert.equal(first.status, 0, first.stderr);
  const status = await run(study('status', 'first'));
  assert.equal(status.stdout.match(/^(\w+) +(\d+) of \2 tasks done$/gm)?.length, 2, status.stdout);
  const table = await run(study('table', 'first'));
  assert.match(table.stdout, /convergent\.md: all tasks are done/);
  const page = readFileSync(join(root, 'first/convergent.md'), 'utf8');
  for (const title of ['Finetunes', 'Steering', 'Ablation', 'Transfer', 'Probes']) assert.ok(page.includes(`### ${title}`), `${title} in\n${page}`); // prettier-ignore
  assert.doesNotMatch(page, /NaN|undefined|Infinity|not run/);
});
