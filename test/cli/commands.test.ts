import test from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initBackend } from 'traitlab/backend/initBackend';
import { saveVector } from 'traitlab/directions/vectorFile';
import { projectPath } from 'traitlab/disk/projectPath';
import { readSafetensors } from 'traitlab/formats/safetensors';
import { generalQuestions } from 'traitlab/micro/promptSets';
import type { Question } from 'traitlab/prompts/question';
import { questionsJsonl } from 'traitlab/prompts/questionsJsonl';
import { questionsYaml } from 'traitlab/prompts/questionsYaml';
import { expectClose, maxRelativeError } from '../helpers/expectClose';
import { exploringGolden, FLOAT32_SUMS } from '../helpers/exploringGolden';
import { modelGolden, type ModelGolden } from '../helpers/modelGolden';
import { callTraitlab } from '../helpers/callTraitlab';
import { startTraitlab, type TraitlabRun } from '../helpers/runTraitlab';
import { rank1Case, rank1Names } from '../helpers/rank1Golden';
import { trainGolden } from '../train/trainGolden';
import { temporaryFolder } from '../helpers/temporaryFolder';

const model = projectPath('test/goldens/llama/gqa-tied-llama3');
let golden: ModelGolden;
const dir = temporaryFolder();
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const lines = (values: readonly unknown[]): string => values.map((v) => `${JSON.stringify(v)}\n`).join('');
let prompts: string;

test.before(async () => {
  await initBackend({ backend: 'wasm' });
  golden = modelGolden('llama/gqa-tied-llama3');
  prompts = file('prompts.jsonl', lines(golden.prompts.map((tokens) => ({ tokens }))));
});

const checkpoints = ['llama/gqa-tied-llama3', 'families/phi3-longrope', 'families/qwen3-tied', 'families/gemma3'];
for (const name of checkpoints) {
  test(`${name}: activations writes every site asked for, with the numbers of transformers; generate, its greedy tokens`, async () => {
    const dirOf = projectPath('test/goldens', name);
    const expected = modelGolden(name);
    const [batch, pos] = expected.tokens.shape;
    const ids = expected.tokens.arraySync();
    const key = name.replace('/', '-');
    const input = file(`${key}.jsonl`, lines(ids.map((tokens) => ({ tokens }))));
    const asked = file(`${key}-prompts.jsonl`, lines(expected.prompts.map((tokens) => ({ tokens }))));
    const out = join(dir, `${key}.safetensors`);
    const sites = 'hook_embed,blocks.*.hook_resid_post,blocks.*.attn.hook_pattern,blocks.1.attn.hook_q,logits';
    // One of them as a user starts it.
    const start = name === checkpoints[0] ? startTraitlab : callTraitlab;
    const [run, said] = await Promise.all([
      start(['activations', '--model', dirOf, '--prompts', input, '--sites', sites, '--out', out]),
      start(['generate', '--model', dirOf, '--prompts', asked, '--max-new-tokens', '12']),
    ]);
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stdout, '');
    const { tensors, metadata } = readSafetensors(out);
    assert.match(metadata.modelHash, /^[0-9a-f]{64}$/);
    const nLayers = expected.sites.filter((site) => site.endsWith('hook_resid_post')).length;
    let compared = 0;
    for (const [tensorName, tensor] of tensors) {
      const [, k, site] = /^prompt(\d+)\/(.+)$/.exec(tensorName)!;
      if (site === 'tokens') {
        assert.deepEqual([...tensor.int32()], ids[Number(k)]);
        continue;
      }
      const whole = expected.tensors.get(`whole/${site}`)!;
      assert.deepEqual(tensor.shape, whole.shape.slice(1), tensorName);
      const size = whole.float32().length / batch;
      const error = maxRelativeError(
        tensor.float32(),
        whole.float32().subarray(Number(k) * size, (Number(k) + 1) * size),
      );
      assert.ok(error <= 5e-5, `${tensorName}: ${error}`);
      compared++;
    }
    assert.equal(compared, batch * (3 + 2 * nLayers));
    assert.equal(tensors.get('prompt0/logits')!.shape[0], pos);

    assert.equal(said.status, 0, said.stderr);
    const answers = said.stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as { tokens: number[] }).tokens); // prettier-ignore
    const upToEnd = (tokens: readonly number[]): readonly number[] =>
      tokens.includes(2) ? tokens.slice(0, tokens.indexOf(2) + 1) : tokens;
    assert.deepEqual(answers, expected.greedy.map(upToEnd));
  });
}

test('prompts may be questions: YAML, JSON and JSON lines of the same questions are answered alike', async () => {
  const organism = projectPath('data/micro/llama');
  const [first, second] = generalQuestions().filter((_, i) => i % 5 === 0);
  const chat = ({ id, text }: Question): object => ({ id, messages: [{ role: 'user', content: text }] });
  const files = [
    file('ask.yaml', questionsYaml([first, second])),
    file('ask.json', JSON.stringify([first, second].map(chat))),
    file('ask.jsonl', `${questionsJsonl([first])}${JSON.stringify({ ...chat(second), source: 's', addGenerationPrompt: true })}\n`), // prettier-ignore
  ];
  const answers: string[] = [];
  for (const path of files) {
    const run = await callTraitlab(['generate', '--model', organism, '--prompts', path, '--max-new-tokens', '12']);
    assert.equal(run.status, 0, run.stderr);
    answers.push(run.stdout);
  }
  assert.equal(answers[0].trim().split('\n').length, 2);
  assert.ok(answers[0].includes('"text"') && new Set(answers[0].trim().split('\n')).size === 2, answers[0]);
  assert.deepEqual(answers, [answers[0], answers[0], answers[0]]);
});

test('--positions last and mean pool the rows of all', async () => {
  const at = async (positions: string): Promise<ReturnType<typeof readSafetensors>> => {
    const out = join(dir, `${positions}.safetensors`);
    const sites = 'blocks.0.hook_resid_post,blocks.0.attn.hook_pattern,logits';
    const run = await callTraitlab([
      'activations',
      '--model',
      model,
      '--prompts',
      prompts,
      '--sites',
      sites,
      '--out',
      out,
      '--positions',
      positions,
    ]);
    assert.equal(run.status, 0, run.stderr);
    return readSafetensors(out);
  };
  const [all, last, mean] = await Promise.all(['all', 'last', 'mean'].map(at));
  golden.prompts.forEach((prompt, k) => {
    for (const site of ['blocks.0.hook_resid_post', 'logits']) {
      const rows = all.tensors.get(`prompt${k}/${site}`)!.float32();
      const d = rows.length / prompt.length;
      const averaged = Array.from({ length: d }, (_, i) =>
        prompt.reduce((sum, _t, p) => sum + rows[p * d + i] / prompt.length, 0),
      );
      assert.ok(maxRelativeError(last.tensors.get(`prompt${k}/${site}`)!.float32(), rows.subarray(-d)) < 1e-5);
      assert.ok(maxRelativeError(mean.tensors.get(`prompt${k}/${site}`)!.float32(), averaged) < 1e-5);
    }
    const pattern = last.tensors.get(`prompt${k}/blocks.0.attn.hook_pattern`)!;
    const whole = all.tensors.get(`prompt${k}/blocks.0.attn.hook_pattern`)!;
    const n = prompt.length;
    assert.deepEqual(pattern.shape, [whole.shape[0], n]);
    const rows = whole.float32().filter((_, i) => Math.floor(i / n) % n === n - 1);
    assert.ok(maxRelativeError(pattern.float32(), rows) < 1e-5);
  });
});

test('--adapter gives the logits of PEFT, and its scalars are a site', async () => {
  const { adapters, tokens } = trainGolden();
  const input = file('tuned.jsonl', lines(tokens.map((row) => ({ tokens: row }))));
  const out = join(dir, 'tuned.safetensors');
  const adapter = projectPath('test/goldens/train/adapters/plain');
  const sites = 'logits,blocks.1.q_proj.lora.hook_scalar';
  const run = await callTraitlab(['activations', '--model', model, '--adapter', adapter, '--prompts', input, '--sites', sites, '--out', out]); // prettier-ignore
  assert.equal(run.status, 0, run.stderr);
  const { tensors, metadata } = readSafetensors(out);
  const logits = tokens.flatMap((_, k) => [...tensors.get(`prompt${k}/logits`)!.float32()]);
  assert.ok(maxRelativeError(logits, adapters.plain.logits) <= 5e-5);
  assert.equal(tensors.get('prompt0/blocks.1.q_proj.lora.hook_scalar')!.shape[0], tokens[0].length);
  assert.equal(metadata.adapter, adapter);
  assert.notDeepEqual(await generate('--adapter', adapter), await generate());
});

test('a * at the scalars of an adapter stands for the blocks that have one, with the numbers of PEFT', async () => {
  const { scalars, models } = exploringGolden();
  const asked = models['llama/gqa-tied-llama3'].prompts.map(({ tokens }) => ({ tokens }));
  const input = file('scalars.jsonl', lines(asked));
  const out = join(dir, 'scalars.safetensors');
  const run = (adapter: string, sites: string): Promise<TraitlabRun> =>
    callTraitlab(['activations', '--model', model, '--adapter', projectPath('test/goldens/train/adapters', adapter), '--prompts', input, '--sites', sites, '--out', out]); // prettier-ignore
  const asking = { plain: ['q_proj', 'v_proj'], 'some-layers': ['down_proj'] };
  for (const [adapter, modules] of Object.entries(asking)) {
    const done = await run(adapter, modules.map((name) => `blocks.*.${name}.lora.hook_scalar`).join(','));
    assert.equal(done.status, 0, done.stderr);
    const { tensors } = readSafetensors(out);
    const sites = Object.keys(scalars[adapter]);
    const names = asked.flatMap((_, k) => [...sites, 'tokens'].map((site) => `prompt${k}/${site}`));
    assert.deepEqual([...tensors.keys()].sort(), names.sort());
    for (const site of sites)
      scalars[adapter][site].forEach((rows, k) => {
        const seen = tensors.get(`prompt${k}/${site}`)!;
        assert.deepEqual(seen.shape, [rows.length, rows[0].length]);
        expectClose(seen.float32(), rows.flat(), FLOAT32_SUMS);
      });
  }
  for (const block of ['*', '0']) {
    const { status, stderr } = await run('plain', `blocks.${block}.down_proj.lora.hook_scalar`);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      `traitlab activations: invalid --sites: no adapter at blocks.${block}.down_proj.lora.hook_scalar; expected a module that the adapter changes: q_proj, v_proj of blocks 0, 1\n`,
    );
  }
});

test("the scalars of a rank-1 adapter on each block are PEFT's A·x", async () => {
  for (const name of rank1Names) {
    const { samples, scalars } = await rank1Case(name);
    const input = file('rank1.jsonl', lines(samples.map(({ tokens }) => ({ tokens }))));
    const out = join(dir, 'rank1.safetensors');
    const [base, adapter] = [name, `rank1/${name.split('/')[1]}`].map((folder) => projectPath('test/goldens', folder));
    const run = await callTraitlab(['activations', '--model', base, '--adapter', adapter, '--prompts', input, '--sites', 'blocks.*.down_proj.lora.hook_scalar', '--out', out]); // prettier-ignore
    assert.equal(run.status, 0, run.stderr);
    const { tensors } = readSafetensors(out);
    assert.equal(tensors.size, samples.length * (Object.keys(scalars[0]).length + 1));
    scalars.forEach((bySite, k) => {
      for (const [site, values] of Object.entries(bySite)) {
        const seen = tensors.get(`prompt${k}/${site}`)!;
        assert.deepEqual(seen.shape, [values.length, 1]);
        expectClose(seen.float32(), values, FLOAT32_SUMS, `${name} ${site}`);
      }
    });
  }
});

const generate = async (...more: string[]): Promise<{ tokens: number[]; text: string }[]> => {
  const run = await callTraitlab([
    'generate',
    '--model',
    model,
    '--prompts',
    prompts,
    '--max-new-tokens',
    '6',
    ...more,
  ]);
  assert.equal(run.status, 0, run.stderr);
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { tokens: number[]; text: string });
};

test('generate is greedy at temperature 0 and seeded above it', async () => {
  const greedy = (await generate()).map((answer) => answer.tokens);
  greedy.forEach((tokens, i) => assert.deepEqual(tokens, golden.greedy[i].slice(0, tokens.length)));
  const warm = (seed: string): Promise<unknown> => generate('--temperature', '3', '--seed', seed);
  const first = await warm('1');
  assert.deepEqual(await warm('1'), first);
  assert.notDeepEqual(await warm('2'), first);
});

test('--steer changes the answer, its opposite beside it takes it back, --ablate removes it', async () => {
  const { modelHash } = readSafetensors(join(dir, 'llama-gqa-tied-llama3.safetensors')).metadata;
  const vector = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i + 1));
  const path = join(dir, 'v.safetensors');
  saveVector(path, { vector, site: 'blocks.0.hook_resid_post', kind: 'random', metadata: { modelHash } });
  const plain = await generate();
  const steered = await generate('--steer', `${path}@0:8`);
  assert.notDeepEqual(steered, plain);
  assert.deepEqual(await generate('--steer', `${path}@0:8`, '--steer', `${path}@0:-8`), plain);
  assert.deepEqual(await generate('--steer', `${path}@0:8`, '--ablate', path), await generate('--ablate', path));
});
