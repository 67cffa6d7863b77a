import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { initBackend } from 'traitlab/backend/initBackend';
import { projectPath } from 'traitlab/disk/projectPath';
import { bfloat16ToFloat32 } from 'traitlab/formats/bfloat16';
import { readSafetensors, writeSafetensors, type TensorToWrite } from 'traitlab/formats/safetensors';
import { initAdapter } from 'traitlab/lora/adapter';
import { loadAdapter, saveAdapter } from 'traitlab/lora/adapterFolder';
import { disposeDecoder } from 'traitlab/model/decoder';
import { forward } from 'traitlab/model/forward';
import { readGenerationConfig } from 'traitlab/model/generationConfig';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { generateTokens } from 'traitlab/subject/generateTokens';
import { penalizeRepeats } from 'traitlab/subject/penalizeRepeats';
import { maxRelativeError } from '../helpers/expectClose';
import { golden } from '../helpers/golden';
import { temporaryFolder } from '../helpers/temporaryFolder';

interface Checkpoint {
  readonly files?: readonly ('new' | 'shards' | 'index' | 'pickle')[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly generation?: object;
  readonly greedy: readonly number[];
  /** After the prompt. */
  readonly logits: readonly number[];
  /** The same as the repetition penalty leaves them. */
  readonly penalized?: readonly number[];
  readonly refused: boolean;
}

const { prompt, cases } = golden<{ prompt: number[]; cases: Record<string, Checkpoint> }>('checkpoints');
const weights = (name: string): string => projectPath(`test/goldens/checkpoints/${name}.safetensors`);

test.before(() => initBackend());

/** All tensors of a file, as bfloat16 or float32. */
function tensorsOf(file: string, dtype: 'BF16' | 'F32' = 'BF16'): TensorToWrite[] {
  return [...readSafetensors(file).tensors.values()].map((stored) => {
    const words = new Uint16Array(stored.bytes().buffer);
    const { name, shape } = stored;
    return { name, dtype, shape, data: dtype === 'BF16' ? words : bfloat16ToFloat32(words) };
  });
}

/** A folder with the files of a case. */
function folderOf({
  files = ['new'],
  config,
  generation,
}: Pick<Checkpoint, 'files' | 'config' | 'generation'>): string {
  const folder = temporaryFolder();
  const write = (name: string, content: unknown): void => writeFileSync(join(folder, name), JSON.stringify(content));
  if (files.includes('shards') || files.includes('index')) {
    const tensors = tensorsOf(weights('old'));
    const file = (i: number): string => `model-0000${(i % 2) + 1}-of-00002.safetensors`;
    for (const i of [0, 1])
      writeSafetensors(
        join(folder, file(i)),
        tensors.filter((_, at) => at % 2 === i),
      );
    write('model.safetensors.index.json', {
      weight_map: Object.fromEntries(tensors.map(({ name }, i) => [name, file(i)])),
    });
  }
  if (files.includes('index'))
    for (const name of readdirSync(folder)) if (/^model-/.test(name)) rmSync(join(folder, name));
  if (files.includes('new')) cpSync(weights('new'), join(folder, 'model.safetensors'));
  if (files.includes('pickle')) writeFileSync(join(folder, 'pytorch_model.bin'), 'PK');
  write('config.json', config);
  if (generation !== undefined) write('generation_config.json', generation);
  return folder;
}

for (const [name, checkpoint] of Object.entries(cases)) {
  const { greedy, logits, penalized, refused, generation } = checkpoint;
  if (refused) {
    test(`${name}: refused, since transformers forgets the base`, async () => {
      await assert.rejects(
        loadDecoder(folderOf(checkpoint)),
        /config\.json: rope_scaling takes the place of rope_parameters and its rope_theta 500000; expected one of the two, or/,
      );
    });
    continue;
  }
  test(`${name}: greedy tokens and logits are those of transformers`, async () => {
    const model = await loadDecoder(folderOf(checkpoint));
    assert.deepEqual(await generateTokens(model, [prompt], { maxNewTokens: 12 }), [greedy]);
    // In a batch a shorter prompt is padded; the padding is no token that was seen.
    const [, batched] = await generateTokens(model, [[...prompt, ...prompt], prompt], { maxNewTokens: 12 });
    assert.deepEqual(batched, greedy);
    const result = tf.tidy(
      () => forward(model, tf.tensor2d([prompt], undefined, 'int32'), { unembed: 'last' }).logits!,
    );
    const last = result.dataSync<'float32'>();
    assert.ok(maxRelativeError(last, logits) < 1e-5);
    if (penalized !== undefined) {
      const { repetition_penalty: penalty } = generation as { repetition_penalty: number };
      assert.equal(model.config.repetitionPenalty, penalty);
      assert.ok(maxRelativeError(penalizeRepeats(last, new Set(prompt), penalty), penalized) < 1e-5);
      assert.notDeepEqual(await generateTokens(model, [prompt], { maxNewTokens: 12, repetitionPenalty: 1 }), [greedy]);
    }
    tf.dispose(result);
    disposeDecoder(model);
  });
}

test('sampling draws from penalized logits', async () => {
  const model = await loadDecoder(folderOf(cases['a repetition penalty']));
  const options = { maxNewTokens: 8, temperature: 1e-4, seed: 3 };
  assert.deepEqual(await generateTokens(model, [prompt], options), [cases['a repetition penalty'].greedy.slice(0, 8)]);
  for (const repetitionPenalty of [0, -1, NaN, Infinity])
    await assert.rejects(
      generateTokens(model, [prompt], { ...options, repetitionPenalty }),
      /invalid repetitionPenalty/,
    );
  disposeDecoder(model);
});

const { config } = cases.shards;

test('weights that are a pickle, or that no index names, are refused by name', async () => {
  const wanted = 'expected model\\.safetensors or model\\.safetensors\\.index\\.json';
  const refuses = (files: Checkpoint['files'], message: string): Promise<void> =>
    assert.rejects(
      loadDecoder(folderOf({ files, config })),
      new RegExp(`^Error: loadModel: [^\\n]*: ${message}[^\\n]*$`),
    );
  await refuses(['pickle'], `the weights are pytorch_model\\.bin; ${wanted} \\(save the model again`);
  await refuses([], `no weights; ${wanted}`);
  await refuses(['index'], 'missing shards: model-0000');
  const folder = folderOf({ files: ['shards'], config });
  rmSync(join(folder, 'model.safetensors.index.json'));
  await assert.rejects(
    loadDecoder(folder),
    new RegExp(`model-00001-of-00002\\.safetensors is named by no index; ${wanted}`),
  );
});

test('an adapter in the folder of a model is refused: transformers would add it', async () => {
  const folder = folderOf({ config });
  writeFileSync(join(folder, 'adapter_config.json'), '{}');
  await assert.rejects(loadDecoder(folder), /adapter_config\.json lies beside config\.json.*; expected a model alone/);
});

test('generation settings that do not fit are refused, those that are not built in are told', async () => {
  const read = (generation: object): ReturnType<typeof readGenerationConfig> =>
    readGenerationConfig(folderOf({ config, generation }));
  assert.throws(
    () => read({ eos_token_id: 'x', repetition_penalty: 0 }),
    /generation_config\.json: eos_token_id is "x"; expected an id or a list of ids; repetition_penalty is 0; expected a number above 0$/,
  );
  assert.throws(() => read([]), /generation_config\.json: not a JSON object/);
  const told = read({
    no_repeat_ngram_size: 3,
    min_new_tokens: 0,
    num_beams: 1,
    top_k: 50,
    top_p: 1,
    temperature: 0.7,
    bad_words_ids: [[3]],
  });
  assert.deepEqual(told?.notBuilt, { bad_words_ids: [[3]], no_repeat_ngram_size: 3 });
  assert.deepEqual(told?.sampling, { temperature: 0.7, top_k: 50 });
});

for (const dtype of ['BF16', 'F32'] as const) {
  for (const [what, value, word] of [
    ['NaN', NaN, 0x7fc0],
    ['NaN', NaN, 0xff81],
    ['infinite', Infinity, 0x7f80],
    ['infinite', -Infinity, 0xff80],
  ] as const) {
    test(`a ${dtype} weight that is ${what} (${value}) is refused, naming file, tensor and place`, async () => {
      const folder = folderOf({ files: [], config });
      for (const [name, at, place] of [
        ['lm_head.weight', 35, '2 3'],
        ['lm_head.weight', 6, '0 6'],
        ['lm_head.weight', 639, '39 15'],
        ['model.norm.weight', 4, '4'],
      ] as const) {
        const tensors = tensorsOf(weights('new'), dtype).map((t) =>
          t.name === name ? { ...t, data: t.data.slice() } : t,
        );
        tensors.find((t) => t.name === name)!.data[at] = dtype === 'BF16' ? word : value;
        writeSafetensors(join(folder, 'model.safetensors'), tensors);
        const before = tf.memory().numTensors;
        const message = `model\\.safetensors: ${name.replaceAll('.', '\\.')} is ${what} at \\[${place}\\]; expected finite numbers$`;
        await assert.rejects(loadDecoder(folder), new RegExp(message));
        assert.equal(tf.memory().numTensors, before);
      }
    });
  }
}

test('an adapter with a number that is not finite, or with an embedding of its own, is refused', async () => {
  const model = await loadDecoder(folderOf({ config }));
  const lora = {
    rank: 2,
    alpha: 4,
    rslora: false,
    dropout: 0,
    targetModules: ['q_proj'],
    rankPattern: {},
    alphaPattern: {},
  };
  const folder = join(temporaryFolder(), 'adapter');
  mkdirSync(folder);
  await saveAdapter(folder, initAdapter(lora, model.config, 1));
  const file = join(folder, 'adapter_model.safetensors');
  const tensors = [...readSafetensors(file).tensors.values()].map((t): TensorToWrite => ({
    name: t.name,
    dtype: 'F32',
    shape: t.shape,
    data: t.float32(),
  }));
  tensors[1].data[3] = NaN;
  writeSafetensors(file, tensors);
  assert.throws(
    () => loadAdapter(folder, model.config),
    /adapter_model\.safetensors: base_model\..*lora_B\.weight is NaN at \[1 1\]; expected finite/,
  );
  tensors[1].data[3] = 0;
  const embedding = {
    name: 'base_model.model.model.embed_tokens.weight',
    dtype: 'F32' as const,
    shape: [1],
    data: new Float32Array(1),
  };
  writeSafetensors(file, [...tensors, embedding]);
  assert.throws(
    () => loadAdapter(folder, model.config),
    /it has an embedding or head of its own \(base_model\.model\.model\.embed_tokens\.weight\); expected low-rank changes only/,
  );
  disposeDecoder(model);
});
