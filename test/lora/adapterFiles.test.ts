import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { projectPath } from 'traitlab/io/projectPath';
import { disposeAdapter, type Adapter } from 'traitlab/lora/adapter';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { loraConfigJson, parseLoraConfig } from 'traitlab/lora/loraConfig';
import type { Model } from 'traitlab/model/model';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

let model: Model;
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

test('mutated adapters are read or refused in one line, never half-read', async () => {
  const keys = [
    'r',
    'lora_alpha',
    'use_rslora',
    'target_modules',
    'rank_pattern',
    'alpha_pattern',
    'layers_to_transform',
    'bias',
    'peft_type',
    'lora_dropout',
    'exclude_modules',
    'layers_pattern',
    'extra',
  ];
  const one = (run: () => Adapter): void => {
    let adapter: Adapter | undefined;
    try {
      adapter = run();
    } catch (error) {
      assert.match((error as Error).message, /^(loadAdapter|parseLoraConfig|readSafetensors): .*adapter/s);
      assert.ok((error as Error).constructor === Error, String(error));
    }
    if (adapter !== undefined) disposeAdapter(adapter);
  };
  await expectNoLeak(() => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => one(() => load({ [key]: value }))),
      { numRuns: 150, seed: 1 },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: weights.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: weights.length }),
        (at, byte, cut) => {
          const bytes = Uint8Array.from(weights);
          bytes[at] = byte;
          one(() => load({}, bytes));
          one(() => load({}, weights.subarray(0, cut)));
        },
      ),
      { numRuns: 250, seed: 2 },
    );
  });
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
      try {
        parseLoraConfig({ ...config, [key]: value }, 'adapter_config.json');
      } catch (error) {
        assert.match((error as Error).message, /^parseLoraConfig: adapter_config\.json: .*expected/s);
      }
    }),
    { numRuns: 10_000, seed: 3 },
  );
  const shortened = [...Array(weights.length).keys()].filter((n) => n % 97 === 0);
  for (const n of shortened) assert.throws(() => load({}, weights.subarray(0, n)), /adapter_model\.safetensors/);
});
