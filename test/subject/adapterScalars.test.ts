import test from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { disposeAdapter, initAdapter } from 'traitlab/lora/adapter';
import { loadAdapter } from 'traitlab/lora/adapterFolder';
import type { HookSite } from 'traitlab/model/hookSite';
import { adapterScalars } from 'traitlab/subject/adapterScalars';
import { loadModel } from 'traitlab/subject/loadModel';
import type { Message } from 'traitlab/tokenizer/chatTemplate';
import { withHeader } from 'traitlab/subject/withHeader';
import { writeChatModel } from '../helpers/chatModel';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { exploringGolden, FLOAT32_SUMS } from '../helpers/exploringGolden';
import { rank1Case, rank1Names } from '../helpers/rank1Golden';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { tinyModel } from '../helpers/tinyModel';

for (const name of rank1Names) {
  test(`scalars of response tokens are PEFT's, a column a block: ${name}`, async () => {
    const { base, adapter, samples, scalars } = await rank1Case(name);
    const tuned = base.with({ adapter });
    const table = await expectNoLeak(() => adapterScalars(tuned, samples, { batchSize: 2 }));
    const sites = Object.keys(scalars[0]) as HookSite[];
    assert.deepEqual(table.columns.map(({ site }) => site), sites); // prettier-ignore
    assert.deepEqual(table.columns[1], { site: sites[1], layer: 1, module: 'down_proj', component: 0 });
    const expected = samples.flatMap(({ tokens, responseMask }, answer) =>
      tokens.flatMap(
        (token, position) =>
        responseMask[position] ? [{ answer, position, token, row: sites.map((site) => scalars[answer][site][position]) }] : [], // prettier-ignore
      ),
    );
    assert.equal(expected.length, 10);
    for (const column of ['answer', 'position', 'token'] as const)
      assert.deepEqual(table[column], expected.map((row) => row[column])); // prettier-ignore
    expectClose(table.rows.flatMap((row) => [...row]), expected.flatMap(({ row }) => row), FLOAT32_SUMS); // prettier-ignore
  });
}

test('an adapter of a higher rank has a column for each row of A', async () => {
  const { scalars, models } = exploringGolden();
  const base = await tinyModel();
  const adapter = loadAdapter(projectPath('test/goldens/train/adapters/plain'), base.config);
  const [{ tokens }] = models['llama/gqa-tied-llama3'].prompts;
  const sample = { tokens, responseMask: tokens.map((_, at) => at >= 2) };
  const { columns, rows } = await adapterScalars(base.with({ adapter }), [sample]);
  assert.equal(columns.length, 4 * 4);
  columns.forEach(
    ({ site, component }, c) =>
    expectClose(rows.map((row) => row[c]), scalars.plain[site][0].slice(2).map((row) => row[component]), FLOAT32_SUMS), // prettier-ignore
  );
  disposeAdapter(adapter);
});

test('the header of an answer counts where it is asked for', async () => {
  const dir = join(temporaryFolder(), 'model');
  await writeChatModel(dir);
  const base = await loadModel(dir);
  const config = {
    rank: 1,
    alpha: 1,
    rslora: true,
    dropout: 0,
    targetModules: ['down_proj'],
    rankPattern: {},
    alphaPattern: {},
  };
  const model = base.with({ adapter: initAdapter(config, base.config, 1) });
  const chats = ['the cat', 'a dog sat'].map((content): Message[] => [
    { role: 'user', content },
    { role: 'assistant', content },
    { role: 'user', content: 'the' },
    { role: 'assistant', content: 'cat' },
  ]);
  const samples = chats.map((chat) => model.tokenizer.encodeChatWithMask(chat));
  const [header] = model.tokenizer.encode('<assistant>').slice(-1);
  const out = await adapterScalars(model, samples);
  const within = await adapterScalars(model, samples, { header: 'in' });
  assert.ok(!out.token.includes(header));
  assert.equal(within.token.filter((token) => token === header).length, 4, 'one header an answer');
  assert.equal(within.rows.length, out.rows.length + 4);
  const kept = within.rows.filter((_, i) => within.token[i] !== header);
  assert.deepEqual(kept, out.rows);
  const bad = { tokens: [1, 4, 5, 6], responseMask: [false, false, true, true] };
  assert.throws(
    () => withHeader(model, [samples[0], bad, { tokens: [1, 2] }]),
    /^Error: withHeader: sample 1: no header before the answer at token 2; sample 2: no answer; expected chats of/,
  );
});

test('what has no adapter, no response or no tokenizer is refused', async () => {
  const { base, adapter, samples } = await rank1Case(rank1Names[0]);
  await assert.rejects(adapterScalars(base, samples), /adapterScalars: the model has no adapter; expected one/);
  const tuned = base.with({ adapter });
  await assert.rejects(adapterScalars(tuned, [{ tokens: [1, 2] }]), /expected a sample with responseMean tokens/);
  await assert.rejects(adapterScalars(tuned, samples, { header: 'in' }), /withHeader: .* has no tokenizer/);
});
