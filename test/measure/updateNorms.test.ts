import test from 'node:test';
import assert from 'node:assert/strict';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter } from 'traitlab/lora/adapter';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { updateNorms } from 'traitlab/measure/updateNorms';
import { disposeModel } from 'traitlab/subject/modelFiles';
import type { Model } from 'traitlab/subject/model';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { exploringGolden, FLOAT32_SUMS } from '../helpers/exploringGolden';
import { tinyModel } from '../helpers/tinyModel';

const golden = exploringGolden();
const adapterPath = (name: string): string => projectPath('test/goldens/train/adapters', name);

let model: Model;
test.before(async () => (model = await tinyModel()));
test.after(() => disposeModel(model));

function expectNorms(actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  const names = Object.keys(expected).sort();
  assert.deepEqual(Object.keys(actual).sort(), names);
  const [a, e] = [actual, expected].map((norms) => names.map((name) => norms[name]));
  expectClose(a, e, { ...FLOAT32_SUMS, atol: 0 });
}

for (const [name, norms] of Object.entries(golden.adapters)) {
  test(`adapter ${name}: norms of scale·B·A are NumPy's`, async () => {
    const adapter = loadAdapter(adapterPath(name), model.config);
    expectNorms(await expectNoLeak(() => updateNorms(model, model.with({ adapter }))), norms);
    disposeAdapter(adapter);
  });
}

for (const [name, norms] of Object.entries(golden.differences)) {
  test(`${name}: norms of whole differences are NumPy's, in float32 and bfloat16`, async () => {
    const base = await tinyModel(name);
    const params = Object.fromEntries(
      Object.keys(norms).map((weight) => [weight, base.params[weight.replace('layers.0', 'layers.1')]]),
    );
    expectNorms(await expectNoLeak(() => updateNorms(base, base.with({ params }))), norms);
    assert.deepEqual(updateNorms(base, base), {});
    disposeModel(base);
  });
}

test('what is no finetune of a plain base is refused, all at once', async () => {
  const name = 'model.layers.0.self_attn.q_proj.weight';
  const adapter = loadAdapter(adapterPath('plain'), model.config);
  const tuned = model.with({ adapter });
  assert.throws(() => updateNorms(tuned, tuned), {
    message: 'updateNorms: the base has an adapter; expected plain weights',
  });
  const both = tuned.with({ params: { [name]: model.params[name.replace('0', '1')] } });
  assert.throws(() => updateNorms(tuned, both), {
    message: `updateNorms: the base has an adapter; expected plain weights; ${name} replaced and under an adapter; expected one of them`,
  });
  const other = await tinyModel('families/gemma2');
  assert.throws(
    () => updateNorms(model, other),
    /the base has no .*post_feedforward_layernorm\.weight.* of that shape/,
  );
  disposeModel(other);
  disposeAdapter(adapter);
});
