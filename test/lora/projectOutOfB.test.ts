import test from 'node:test';
import assert from 'node:assert/strict';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter, loraB, type Adapter } from 'traitlab/lora/adapter';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import { projectOutOfB } from 'traitlab/lora/projectOutOfB';
import { residualColumns } from 'traitlab/lora/residualColumns';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { expectToLose } from '../helpers/expectToLose';
import { phaseGolden } from '../helpers/phaseGolden';
import { tinyModel } from '../helpers/tinyModel';

const { vector, projected } = phaseGolden();
const folder = (name: string): string => projectPath('test/goldens/train/adapters', name);

test('B without a direction is that of NumPy, with columns as they are left and of their old length', async () => {
  const { config } = await tinyModel();
  const adapter = loadAdapter(folder('rank-stabilised'), config);
  const check = (found: Adapter, kind: 'plain' | 'renormalised'): void => {
    for (const [name, expected] of Object.entries(projected))
      expectClose(found.params[name].dataSync(), expected[kind].flat(), { rtol: 1e-6, atol: 1e-7 }, name);
  };
  for (const kind of ['plain', 'renormalised'] as const) {
    const options = { renormalise: kind === 'renormalised' };
    const found = await expectNoLeak(() => projectOutOfB(adapter, vector, options), Object.keys(adapter.params).length);
    check(found, kind);
    const byLayer = await projectOutOfB(adapter, (layer) => vector.map((x) => x * (layer + 1)), options);
    check(byLayer, kind);
    await expectToLose((other: Adapter) => check(other, kind), { 'the adapter as it was': adapter });
    assert.deepEqual(found.params[Object.keys(projected)[0].replace('lora_B', 'lora_A')].dataSync(), adapter.params[Object.keys(projected)[0].replace('lora_B', 'lora_A')].dataSync()); // prettier-ignore
    [found, byLayer].forEach(disposeAdapter);
  }
  assert.deepEqual(Object.keys(projected).sort(), adapter.targets.map(({ module }) => loraB(module)).sort());
  await assert.rejects(projectOutOfB(adapter, [1, 2]), /vector of 2 values; expected dModel=24/);
  const [{ columns }] = await residualColumns(adapter);
  await assert.rejects(projectOutOfB(adapter, columns[0], { renormalise: true }), /column 0 lies along the vector/);
  disposeAdapter(adapter);
});

test('columns are those of B of the modules that add to the residual stream', async () => {
  const { config } = await tinyModel();
  const adapter = loadAdapter(folder('patterns'), config);
  const found = await expectNoLeak(() => residualColumns(adapter));
  assert.ok(found.length > 0 && found.length < adapter.targets.length);
  for (const { module, layer, columns, scale } of found) {
    assert.match(module, new RegExp(`^model\\.layers\\.${layer}\\..*\\.(o_proj|down_proj)$`));
    assert.equal(scale, adapter.targets.find((t) => t.module === module)!.scale);
    const b = adapter.params[loraB(module)];
    const values = b.dataSync();
    columns.forEach((column, r) => column.forEach((x, i) => assert.equal(x, values[i * columns.length + r])));
    assert.deepEqual(b.shape, [config.dModel, columns.length]);
  }
  disposeAdapter(adapter);
  const other = loadAdapter(folder('regex'), config);
  await assert.rejects(residualColumns(other), /no module adds to the residual stream/);
  disposeAdapter(other);
});
