import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter, type Adapter } from 'traitlab/lora/adapter';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { loraConfigJson, parseLoraConfig } from 'traitlab/lora/loraConfig';
import { linearModules } from 'traitlab/model/hookSite';
import type { Decoder } from 'traitlab/model/decoder';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { fuzzRuns } from '../helpers/fuzzRuns';
import { MemoryFolder, spliceBytes } from '../helpers/memoryFolder';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

let model: Decoder;
test.before(async () => (model = await tinyModel()));

const dir = join(temporaryFolder(), 'adapter');
const good = projectPath('test/goldens/train/adapters/plain');
const config = JSON.parse(readFileSync(join(good, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
const weights = readFileSync(join(good, 'adapter_model.safetensors'));

/** Writes the good adapter with a changed configuration or weights, and loads it. */
function load(changes: object = {}, bytes: Uint8Array = weights): Adapter {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'adapter_config.json'), JSON.stringify({ ...config, ...changes }));
  writeFileSync(join(dir, 'adapter_model.safetensors'), bytes);
  return loadAdapter(dir, model.config);
}

const refusals: [object, RegExp][] = [
  [{ use_dora: true }, /use_dora is true; expected it to be off \(DoRA is not supported\)/],
  [
    { modules_to_save: ['lm_head'] },
    /modules_to_save is \["lm_head"\]; expected it to be off \(trained copies of whole modules/,
  ],
  [{ bias: 'lora_only' }, /bias is "lora_only"; expected "none" \(trained biases are not supported\)/],
  [{ lora_bias: true }, /lora_bias is true; expected it to be off \(trained biases are not supported\)/],
  [{ peft_type: 'IA3' }, /peft_type is "IA3"; expected "LORA"/],
  [{ peft_type: undefined }, /peft_type is missing; expected "LORA"/],
  [{ task_type: 'SEQ_CLS' }, /task_type is "SEQ_CLS"; expected "CAUSAL_LM" or null/],
  [{ init_lora_weights: 'pissa' }, /init_lora_weights is "pissa"; expected .*others change the base weights/],
  [{ fan_in_fan_out: true }, /fan_in_fan_out is true; expected false/],
  [{ layer_replication: [[0, 2]] }, /layer_replication is \[\[0,2\]\]; expected it to be off \(replicated layers/],
  [{ trainable_token_indices: [3] }, /trainable_token_indices is \[3\]; expected it to be off/],
  [{ target_parameters: ['x'] }, /target_parameters is \["x"\]; expected it to be off/],
  [{ use_qalora: true }, /QALoRA is not supported/],
  [{ loftq_config: { bits: 4 } }, /LoftQ is not supported/],
  [{ alora_invocation_tokens: [1] }, /activated LoRA is not supported/],
  [{ brand_new: 'on' }, /brand_new is "on"; expected it to be off \(brand_new is not known here\)/],
  [{ r: 0 }, /r is 0; expected an integer >= 1/],
  [{ r: undefined }, /r is missing; expected an integer >= 1/],
  [{ r: 5 }, /q_proj\.lora_A\.weight has the wrong shape; expected \[5 24\], got \[4 24\]/],
  [{ lora_alpha: -1 }, /lora_alpha is -1; expected a number > 0/],
  [{ lora_dropout: 1 }, /lora_dropout is 1; expected a number in \[0, 1\)/],
  [{ use_rslora: 'yes' }, /use_rslora is "yes"; expected true or false/],
  [{ target_modules: null }, /target_modules is missing; expected a list of names/],
  [{ target_modules: [] }, /target_modules is \[\]; expected a list of names/],
  [{ target_modules: ['q_proj', 'w_proj'] }, /no module w_proj among the linear modules of the blocks/],
  [{ target_modules: ['q_proj'] }, /unused weights: .*v_proj\.lora_A\.weight/],
  [{ target_modules: ['q_proj', 'v_proj', 'o_proj'] }, /missing weights: .*o_proj\.lora_A\.weight/],
  [{ target_modules: '.*(q_proj' }, /pattern "\.\*\(q_proj" cannot be read; expected a regular expression/],
  [{ target_modules: 'nothing' }, /nothing matches "nothing"/],
  [{ rank_pattern: { q_proj: 1.5 } }, /rank_pattern is \{"q_proj":1\.5\}; expected module patterns with integers >= 1/],
  [{ alpha_pattern: [] }, /alpha_pattern is \[\]; expected module patterns/],
  [{ layers_to_transform: [7] }, /no block 7; expected 0 to 1/],
  [{ layers_to_transform: [0], target_modules: '.*q_proj' }, /layers_to_transform is set and target_modules is text/],
  [{ layers_to_transform: [-1] }, /layers_to_transform is \[-1\]; expected block indices/],
];

test('every kind of adapter that is not supported, or does not fit, is refused by name', async () => {
  await expectNoLeak(() => {
    for (const [changes, message] of refusals) assert.throws(() => load(changes), message, JSON.stringify(changes));
  });
  assert.throws(
    () => load({ r: 0, bias: 'all', use_dora: true }),
    /bias is "all".*r is 0.*use_dora is true/,
    'all at once',
  );
  assert.throws(() => loadAdapter(join(dir, 'none'), model.config), /none.adapter_config\.json: no such file/);
});

test('a configuration is written as it was read', () => {
  for (const kind of ['plain', 'patterns', 'regex', 'excluded', 'some-layers', 'rank-stabilised']) {
    const file = projectPath('test/goldens/train/adapters', kind, 'adapter_config.json');
    const parsed = parseLoraConfig(JSON.parse(readFileSync(file, 'utf8')), file);
    assert.deepEqual(parseLoraConfig(JSON.parse(JSON.stringify(loraConfigJson(parsed))), 'again'), parsed);
  }
});

/** Loads what stands in the folder; true if it was accepted, false if it was refused by name. */
function isAccepted(memory: MemoryFolder): boolean {
  try {
    disposeAdapter(loadAdapter(memory.dir, model.config));
    return true;
  } catch (error) {
    const { message } = error as Error;
    assert.ok((error as Error).constructor === Error, String(error));
    assert.match(message, /^(loadAdapter|parseLoraConfig|readSafetensors): /);
    assert.ok(message.slice(message.indexOf(' ') + 1).startsWith(memory.dir), message);
    assert.match(
      message,
      /expected|missing weights|unused weights|no block|no module|nothing matches|cut short|too long/,
    );
    return false;
  }
}

test('adapters with a checked field changed: all are refused', async () => {
  const memory = new MemoryFolder();
  const fill = (changes: object): void =>
    memory.fill({
      'adapter_config.json': JSON.stringify({ ...config, ...changes }),
      'adapter_model.safetensors': weights,
    });
  const set = (key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> => value.map((v) => ({ [key]: v }));
  const json = fc.jsonValue().filter((v) => v !== null);
  const notPositive = fc.constantFrom<unknown>('3', true, [], {}, [4], -1, 0, -0.5);
  const isOn = (v: unknown): boolean =>
    v !== null && v !== false && !(typeof v === 'object' && Object.keys(v as object).length === 0);
  const isSame = (names: readonly string[]): boolean => [...new Set(names)].sort().join() === 'q_proj,v_proj';
  const otherNames = fc
    .subarray([...linearModules, 'layers.0.self_attn.k_proj', 'w_proj', ''])
    .filter((n) => !isSame(n));
  const elsewhere = fc.constantFrom<unknown>(0, 1, [0], [1], [2], [0, 1, 2], -1, [-1], 0.5, '1', ['0'], true, {});
  const changed = fc.oneof(
    set(
      'r',
      fc.oneof(notPositive, fc.integer(), fc.double({ noNaN: true })).filter((v) => v !== config.r),
    ),
    set('lora_alpha', notPositive),
    set('lora_dropout', fc.constantFrom<unknown>(1, -0.1, 2, '0', true, [])),
    set(
      'use_rslora',
      json.filter((v) => typeof v !== 'boolean'),
    ),
    set(
      'fan_in_fan_out',
      json.filter((v) => v !== false),
    ),
    set(
      'bias',
      json.filter((v) => v !== 'none'),
    ),
    set(
      'peft_type',
      fc.oneof(fc.jsonValue(), fc.constantFrom('IA3', 'lora', 'LOHA')).filter((v) => v !== 'LORA'),
    ),
    set(
      'task_type',
      json.filter((v) => v !== 'CAUSAL_LM'),
    ),
    set(
      'init_lora_weights',
      json.filter((v) => !['gaussian', 'orthogonal', 'eva', true, false].includes(v as string)),
    ),
    set(
      'target_modules',
      fc.oneof(
        otherNames,
        fc.constant(null),
        fc.integer(),
        fc.constantFrom('', '(', 'q_proj', 'all-linear', '.*[qk]_proj'),
      ),
    ),
    set('exclude_modules', fc.subarray(['q_proj', 'layers.1.self_attn.v_proj', 'v_proj'], { minLength: 1 })),
    set('exclude_modules', fc.constantFrom<unknown>('.*q_proj', '(', 3, [], [3], {}, true)),
    set('layers_to_transform', elsewhere),
    set(
      'rank_pattern',
      fc
        .integer({ min: -3, max: 64 })
        .filter((n) => n !== config.r)
        .map((n) => ({ q_proj: n })),
    ),
    set('rank_pattern', fc.constantFrom<unknown>({ q_proj: '4' }, { '(': 4 }, [], 'q_proj', 4, true)),
    set(
      'alpha_pattern',
      fc.oneof(
        notPositive.map((v) => ({ q_proj: v })),
        fc.constantFrom<unknown>({ '(': 1 }, [], 3),
      ),
    ),
    ...['use_dora', 'modules_to_save', 'lora_bias', 'layer_replication', 'trainable_token_indices', 'loftq_config'].map(
      (key) => set(key, json.filter(isOn)),
    ),
    fc.tuple(fc.string(), json.filter(isOn)).map(([key, value]) => ({ [`${key}_`]: value })),
  );
  const before = tf.memory().numTensors;
  await memory.use(() => {
    fill({});
    assert.ok(isAccepted(memory));
    fc.assert(
      fc.property(changed, (changes) => {
        fill(changes);
        assert.ok(!isAccepted(memory), 'accepted');
      }),
      { numRuns: fuzzRuns(), seed: 3 },
    );
  });
  assert.equal(tf.memory().numTensors, before);
});

test('adapters with changed bytes: each is read or refused by name, and nothing else is read', async () => {
  const memory = new MemoryFolder();
  const original: Record<string, Uint8Array> = {
    'adapter_config.json': Buffer.from(JSON.stringify(config)),
    'adapter_model.safetensors': weights,
  };
  const headerEnd = 8 + Number(weights.readBigUInt64LE(0));
  const likely = fc.constantFrom(...Buffer.from('0123456789[]{}",: ./-etn'));
  const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), likely)), { maxLength: 3 });
  const piece = fc.tuple(
    fc.nat(),
    fc.nat(9),
    fc.constantFrom('../', '(?P<x>', '[[[[', '1e999', '{}', 'null', '\\u0000'),
  );
  const mutated = fc
    .tuple(
      fc.constantFrom(...Object.keys(original)),
      edits,
      fc.option(piece, { freq: 2 }),
      fc.option(fc.nat(), { freq: 2 }),
    )
    .map(([name, list, spliced, cut]) => {
      let bytes = Uint8Array.from(original[name]);
      const place = (at: number): number => at % (name.endsWith('.json') ? original[name].length : headerEnd);
      for (const [at, value] of list) bytes[place(at)] = value;
      if (spliced !== null) bytes = spliceBytes(bytes, place(spliced[0]), spliced[1], Buffer.from(spliced[2]));
      return { ...original, [name]: cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1)) };
    });
  const before = tf.memory().numTensors;
  let nAccepted = 0;
  await memory.use(() =>
    fc.assert(
      fc.property(mutated, (files) => {
        memory.fill(files);
        if (isAccepted(memory)) nAccepted++;
      }),
      { numRuns: fuzzRuns(), seed: 1 },
    ),
  );
  assert.equal(tf.memory().numTensors, before);
  assert.ok(nAccepted > 0.05 * fuzzRuns() && nAccepted < 0.9 * fuzzRuns(), `${nAccepted} were accepted`);
});
