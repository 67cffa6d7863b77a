import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findModel } from 'traitlab/hub/findModel';
import { fakeHub } from '../helpers/fakeHub';
import { temporaryFolder } from '../helpers/temporaryFolder';

const repo = 'some-org/scattered';
const work = temporaryFolder();
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A hub with these files, and how a fresh cache finds them. */
async function hubWith(t: { after: (f: () => void) => void }, files: Record<string, Buffer>) {
  const hub = await fakeHub(repo, files);
  t.after(() => hub.close());
  const env: NodeJS.ProcessEnv = { HF_HOME: mkdtempSync(join(work, 'x')), HF_ENDPOINT: hub.endpoint };
  const find = (content?: 'adapter', more = {}): Promise<string> =>
    findModel(repo, { content, env: { ...env, ...more }, onDownload: () => undefined });
  return { hub, find };
}

test('where the hub has a whole file and an index, the whole file comes', async (t) => {
  const { find } = await hubWith(t, {
    'config.json': json({}),
    'model.safetensors': Buffer.alloc(40),
    'model.safetensors.index.json': json({ weight_map: { a: 'model-00001-of-00001.safetensors' } }),
    'model-00001-of-00001.safetensors': Buffer.alloc(50),
  });
  const dir = await find();
  assert.deepEqual(readdirSync(dir).sort(), ['config.json', 'model.safetensors', 'model.safetensors.index.json']);
  assert.equal(await find(undefined, { HF_HUB_OFFLINE: '1' }), dir);
});

test('an adapter comes with its tokenizer and chat template', async (t) => {
  const own = { 'adapter_config.json': json({}), 'adapter_model.safetensors': Buffer.alloc(9) };
  const beside = {
    'tokenizer.json': json({}),
    'tokenizer_config.json': json({}),
    'chat_template.jinja': Buffer.from('x'),
  };
  const { hub, find } = await hubWith(t, { ...own, ...beside, 'README.md': Buffer.from('#') });
  const dir = await find('adapter');
  assert.deepEqual(readdirSync(dir).sort(), Object.keys({ ...own, ...beside }).sort());
  const before = hub.requests.length;
  assert.equal(await find('adapter'), dir);
  assert.equal(hub.requests.length, before);
  // A cache that someone else filled with the adapter alone: what lies beside it is asked for.
  for (const name of Object.keys(beside)) rmSync(join(dir, name));
  await find('adapter');
  assert.deepEqual(readdirSync(dir).sort(), Object.keys({ ...own, ...beside }).sort());
});
