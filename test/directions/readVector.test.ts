import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVector } from 'traitlab/directions/readVector';
import { writePersonaVectors } from 'traitlab/directions/personaVectorsFile';
import { projectPath } from 'traitlab/disk/projectPath';
import { readJson } from 'traitlab/documents/readJson';
import { tensorFileKind } from 'traitlab/formats/tensorFileKind';
import { callTraitlab } from '../helpers/callTraitlab';
import type { TraitlabRun } from '../helpers/runTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const goldens = projectPath('test/goldens/vectors');
const golden = readJson('test', join(goldens, 'steered.json')) as {
  prompt: number[];
  plain: number[];
  cases: { option: string; value: string; tokens: number[] }[];
};
const dir = temporaryFolder();
const at = (name: string): string => join(dir, name);
const sizes = { nLayers: 2, dModel: 24 };
writeFileSync(at('prompts.jsonl'), JSON.stringify({ tokens: golden.prompt }));
const command = ['generate', '--model', projectPath('test/goldens/llama/gqa-tied-llama3'), '--max-new-tokens', '12'];
const args = [...command, '--prompts', at('prompts.jsonl')];

for (const [half, cases] of [golden.cases.slice(0, 6), golden.cases.slice(6)].entries()) {
  test(`steering with the files of other tools gives the tokens of transformers (${half + 1})`, async () => {
    const runs = cases.map(({ option, value }) => callTraitlab([...args, option, value], { cwd: goldens }));
    for (const [i, { status, stdout, stderr }] of (await Promise.all(runs)).entries()) {
      const { option, value, tokens } = cases[i];
      assert.equal(status, 0, stderr);
      assert.notDeepEqual(tokens, golden.plain, 'the golden tells nothing');
      assert.deepEqual((JSON.parse(stdout) as { tokens: number[] }).tokens, tokens, `${option} ${value}`);
    }
  });
}

test('what a file is stands in its first bytes, not in its name', () => {
  for (const [from, to] of [
    ['float32.pt', 'a.safetensors'],
    ['one-block.gguf', 'b.pt'],
    ['bfloat16.safetensors', 'c.gguf'],
  ]) {
    cpSync(join(goldens, from), at(to));
    assert.deepEqual(readVector(at(to), sizes, 1), readVector(join(goldens, from), sizes, 1));
  }
  assert.equal(tensorFileKind(dir), 'absent');
});

test('a vector of a file of several layers is asked for by its layer, and zero rows are no vectors', () => {
  const several = join(goldens, 'float32.pt');
  assert.throws(
    () => readVector(several, sizes),
    /float32\.pt: vectors of several layers; expected FILE@LAYER with LAYER one of 0, 1$/,
  );
  const vector = new Float32Array(24).fill(1);
  const site = 'blocks.1.hook_resid_post';
  writePersonaVectors(at('sparse.pt'), [{ vector, site, kind: 'persona', metadata: {} }], sizes);
  assert.throws(() => readVector(at('sparse.pt'), sizes, 0), /sparse\.pt: no vector for layer 0; expected one of 1$/);
  assert.deepEqual(readVector(at('sparse.pt'), sizes).vector, vector);
  assert.deepEqual(readVector(join(goldens, 'one-row.pt'), sizes).vector.length, 24);
});

test('a file that is none of these is refused with what would be read', () => {
  const refused: [string, RegExp][] = [
    ['refused-dict.pt', /refused-dict\.pt: .*finite \[3 24\] \(persona_vectors\) or \[24\], no dict of layers$/],
    ['control.gguf', /control\.gguf: tensor direction\.2 has no block; expected direction\.1 to direction\.1/],
    ['torch.json', /torch\.json: no file of tensors that is known; expected safetensors .* GGUF control vector$/],
  ];
  for (const [name, message] of refused) assert.throws(() => readVector(join(goldens, name), sizes, 1), message);
  const row = join(goldens, 'one-row.pt');
  assert.throws(
    () => readVector(row, { nLayers: 2, dModel: 16 }, 1),
    /one-row\.pt: tensor \[24\]; expected finite \[3 16\] \(persona_vectors\) or \[16\]$/,
  );
  writeFileSync(at('v.npy'), '\x93NUMPY\x01\x00 some', 'latin1');
  assert.throws(() => readVector(at('v.npy'), sizes), /v\.npy: a NumPy file; expected safetensors/);
  writeFileSync(at('old.pt'), '\x80\x02\x8a\nl\xfc', 'latin1');
  assert.throws(() => readVector(at('old.pt'), sizes), /old\.pt: a pickle, or a torch\.save of before torch 1\.6/);
});

test('what is wrong with a vector is told before any weight is read', async () => {
  const model = at('half-a-model');
  cpSync(projectPath('test/goldens/llama/gqa-tied-llama3'), model, { recursive: true });
  writeFileSync(join(model, 'model.safetensors'), 'no weights at all');
  const run = (...more: string[]): Promise<TraitlabRun> => callTraitlab(['generate', '--model', model, '--max-new-tokens', '1', '--prompts', at('prompts.jsonl'), ...more]); // prettier-ignore
  const long = join(goldens, 'float32.pt');
  const { status, stderr } = await run('--steer', `${long}@1:2`, '--ablate', long);
  assert.equal(status, 1);
  assert.match(stderr, /readVector: .*float32\.pt: vectors of several layers/);
  assert.match((await run('--steer', `${long}@1:2`)).stderr, /readSafetensors: .*model\.safetensors/);
});
