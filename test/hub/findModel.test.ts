import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findModel } from 'traitlab/hub/findModel';
import { parseHubName } from 'traitlab/hub/hubCache';
import { hubSettings } from 'traitlab/hub/hubSettings';
import { projectPath } from 'traitlab/disk/projectPath';
import { loadDecoder } from 'traitlab/model/loadDecoder';
import { disposeDecoder } from 'traitlab/model/decoder';
import { commit, fakeHub, type FakeHub } from '../helpers/fakeHub';
import { temporaryFolder } from '../helpers/temporaryFolder';

const bytes = (dir: string, names: readonly string[]): Record<string, Buffer> =>
  Object.fromEntries(names.map((name) => [name, readFileSync(projectPath('test/goldens', dir, name))]));
const single: Record<string, Buffer> = {
  ...bytes('llama/gqa-tied-llama3', ['config.json', 'model.safetensors']),
  ...bytes('tokenizer/headers', ['tokenizer.json', 'tokenizer_config.json']),
  'pytorch_model.bin': Buffer.alloc(5000),
  'README.md': Buffer.from('# hello'),
};
const shards = [1, 2, 3, 4].map((i) => `model-0000${i}-of-00004.safetensors`);
const sharded = {
  ...bytes('llama/mqa-biased-sharded', ['config.json', 'model.safetensors.index.json', ...shards]),
  'consolidated.safetensors': Buffer.alloc(9000),
};
const repo = 'some-org/a-Model.v1';
const folderName = 'models--some-org--a-Model.v1';
const token = 'hf_secretsecret';
const work = temporaryFolder();
const newFolder = (): string => mkdtempSync(join(work, 'x'));

/** A hub and an empty cache; the server stops with the test. */
async function hubFor(
  t: { after: (f: () => void) => void },
  files: Record<string, Buffer>,
): Promise<{ hub: FakeHub; env: NodeJS.ProcessEnv; folder: string; find: (name?: string) => Promise<string> }> {
  const hub = await fakeHub(repo, files);
  t.after(() => hub.close());
  const home = newFolder();
  const env: NodeJS.ProcessEnv = { HF_HOME: home, HF_ENDPOINT: hub.endpoint };
  const find = (name = repo): Promise<string> => findModel(name, { env, onDownload: () => {} });
  return { hub, env, folder: join(home, 'hub', folderName), find };
}

test('a download has the layout of huggingface_hub, holds only what is needed and is used without the network', async (t) => {
  const { hub, env, folder, find } = await hubFor(t, single);
  const seen: number[] = [];
  const dir = await findModel(repo, { env, onDownload: (p) => seen.push(p.doneBytes / p.totalBytes) });
  assert.equal(dir, join(folder, 'snapshots', commit));
  assert.deepEqual(readdirSync(dir), ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
  assert.equal(readFileSync(join(folder, 'refs/main'), 'utf8'), commit);
  assert.match(readlinkSync(join(dir, 'model.safetensors')), /^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
  assert.match(readlinkSync(join(dir, 'config.json')), /^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
  assert.ok(existsSync(join(folder, '.no_exist', commit, 'generation_config.json')));
  for (const name of readdirSync(dir)) {
    assert.deepEqual(readFileSync(join(dir, name)), single[name], name);
  }
  assert.deepEqual(
    readdirSync(join(folder, 'blobs')).filter((name) => name.includes('incomplete')),
    [],
  );
  assert.equal(seen.at(-1), 1);
  const before = hub.requests.length;
  assert.equal(await find(), dir);
  assert.equal(await find(`${repo}@${commit}`), dir);
  assert.equal(await findModel(repo, { env: { ...env, HF_HUB_OFFLINE: '1' } }), dir);
  assert.equal(hub.requests.length, before);
});

test('loadModel takes a name, shards come with their index, and a revision gets its own ref', async (t) => {
  const { env, folder, find } = await hubFor(t, sharded);
  const dir = await find(`${repo}@refs/pr/1`);
  assert.deepEqual(readdirSync(dir), ['config.json', ...shards, 'model.safetensors.index.json']);
  assert.equal(readFileSync(join(folder, 'refs/refs/pr/1'), 'utf8'), commit);
  const old = { ...process.env };
  t.after(() => void (process.env = old));
  Object.assign(process.env, env);
  const model = await loadDecoder(`${repo}@refs/pr/1`);
  assert.equal(model.dir, dir);
  assert.equal(model.config.family, 'llama');
  disposeDecoder(model);
});

test('an adapter comes with its two files', async (t) => {
  const files = bytes('train/adapters/plain', ['adapter_config.json', 'adapter_model.safetensors']);
  const { env, find } = await hubFor(t, { ...files, 'training_args.bin': Buffer.alloc(10) });
  const dir = await findModel(repo, { env, content: 'adapter', onDownload: () => {} });
  assert.deepEqual(readdirSync(dir), ['adapter_config.json', 'adapter_model.safetensors']);
  await assert.rejects(find(), /^Error: findModel: some-org\/a-Model\.v1: it has no config\.json, model\.safetensors; expected a model in safetensors$/); // prettier-ignore
});

test('configuration and tokenizer come without the weights, which come when they are needed', async (t) => {
  const { env, find } = await hubFor(t, single);
  const dir = await findModel(repo, { env, content: 'config', onDownload: () => {} });
  assert.deepEqual(readdirSync(dir), ['config.json', 'tokenizer.json', 'tokenizer_config.json']);
  assert.equal(await find(), dir);
  assert.ok(existsSync(join(dir, 'model.safetensors')));
});

test('a path that exists wins over a name', async (t) => {
  const { env, hub } = await hubFor(t, single);
  const cwd = newFolder();
  mkdirSync(join(cwd, repo), { recursive: true });
  const script = `require('traitlab/hub/findModel').findModel('${repo}').then(console.log)`;
  const child = { cwd, encoding: 'utf8' as const, env: { ...process.env, ...env, NODE_PATH: projectPath('node_modules') } }; // prettier-ignore
  assert.equal(execFileSync(process.execPath, ['-e', script], child).trim(), repo);
  assert.deepEqual(hub.requests, []);
});

test('a broken download goes on where it stopped, within a run and in the next', async (t) => {
  const { hub, folder, find } = await hubFor(t, single);
  const size = single['model.safetensors'].length;
  hub.faults.breakAt = 1000;
  await find();
  assert.ok(hub.requests.some((r) => /tokenizer\.json bytes=1000-\d+$/.test(r)));

  const next = await hubFor(t, single);
  next.hub.faults.isDead = true;
  const blob = join(mkdirs(next.folder, 'blobs'), readlinkSync(join(folder, 'snapshots', commit, 'model.safetensors')).split('/').at(-1)!); // prettier-ignore
  writeFileSync(`${blob}.incomplete`, single['model.safetensors'].subarray(0, 4321));
  await assert.rejects(next.find(), /^Error: findModel: [^\n]*the connection was lost at byte 0 of \d+ of tokenizer\.json \([^\n]*\); expected all \(run again to go on\)$/); // prettier-ignore
  next.hub.faults.isDead = false;
  await next.find();
  assert.ok(next.hub.requests.some((r) => r.endsWith(`model.safetensors bytes=4321-${size - 1}`)));
  assert.deepEqual(readFileSync(blob), single['model.safetensors']);
  assert.equal(existsSync(`${blob}.incomplete`), false);
});

test('bytes that are not those the hub named are refused and removed', async (t) => {
  const { hub, folder, find } = await hubFor(t, single);
  hub.faults.isCorrupt = true;
  await assert.rejects(find(), /^Error: findModel: [^\n]*tokenizer\.json came with \d+ bytes and hash [0-9a-f]{64}; expected \d+ bytes and hash [0-9a-f]{64} \(it was removed; run again\)$/); // prettier-ignore
  assert.ok(readdirSync(join(folder, 'blobs')).every((name) => name.length === 40));
  assert.equal(existsSync(join(folder, 'refs/main')), false);
  hub.faults.isCorrupt = false;
  hub.faults.listsWrongSize = true;
  await assert.rejects(find(), /the hub lists tokenizer\.json with \d+ bytes; expected that file, got \d+ bytes$/);
  hub.faults.listsWrongSize = false;
  const dir = await find();
  // A damaged start of a file, and a server that always sends the whole: refused, then whole at the next run.
  const blob = join(folder, 'blobs', readlinkSync(join(dir, 'model.safetensors')).split('/').at(-1)!);
  for (const ignoresRange of [false, true]) {
    writeFileSync(`${blob}.incomplete`, Buffer.alloc(100));
    rmSync(blob);
    rmSync(join(dir, 'model.safetensors'));
    hub.faults.ignoresRange = ignoresRange;
    await assert.rejects(find(), /model\.safetensors came with \d+ bytes and hash/);
    await find();
    assert.equal(statSync(join(dir, 'model.safetensors')).size, single['model.safetensors'].length);
  }
});

test('each refusal is one line that says what to do, and never shows the token', async (t) => {
  const { hub, env, find } = await hubFor(t, single);
  const says = async (message: RegExp, name?: string): Promise<void> => {
    await assert.rejects(find(name), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n|secret/);
      return true;
    });
  };
  hub.faults.token = token;
  await says(/^findModel: .*does not show it \(401, no token is set\); expected a public model, or HF_TOKEN of one who may read it$/); // prettier-ignore
  env.HF_TOKEN = 'hf_secretwrong';
  await says(/401, with the token that is set/);
  env.HF_TOKEN = 'secret';
  await says(/^hubSettings: HF_TOKEN: not a token of the hub; expected one that starts with hf_$/);
  delete env.HF_TOKEN;
  writeFileSync(join(env.HF_HOME!, 'token'), `${token}\n`);
  await find();
  await says(/has no such model or revision \(404\); expected a folder or org\/name\[@revision\]$/, 'no/such');
  await says(/findModel: some-org\/a-Model\.v1@nope: .*404/, `${repo}@nope`);
  for (const [status, message] of [
    [403, /refuses it \(403.*expected access granted at http/],
    [500, /answers with status 500; expected/],
  ] as const) {
    // prettier-ignore
    hub.faults.status = status;
    await says(message, 'other/model');
  }
  hub.close();
  await says(/^findModel: other\/model: no such folder, not in the cache, and http:.* cannot be reached \(\w+\); expected a network, or HF_HUB_CACHE where the model is$/, 'other/model'); // prettier-ignore
  await find();
  env.HF_HUB_OFFLINE = 'yes';
  await says(/^findModel: other\/model: no such folder, and the cache .* has no such model while HF_HUB_OFFLINE is set; expected one that is there$/, 'other/model'); // prettier-ignore
  env.HF_ENDPOINT = 'hub.example';
  await says(/^hubSettings: HF_ENDPOINT is hub\.example; expected an address/, 'other/model');
  for (const text of [
    './org/name',
    'a/b/c',
    '/org/name',
    'org',
    'org/..',
    'org/na--me',
    'org/name@../x',
    'org/name@',
  ]) {
    assert.equal(parseHubName(text), undefined, text);
    await says(/: no such folder; expected a Hugging Face model folder or org\/name\[@revision\]$/, text);
  }
});

test('a cache that was filled otherwise: incomplete ones are completed, offline ones refused; variables are honoured', async (t) => {
  const { hub, env, folder, find } = await hubFor(t, single);
  const snapshot = mkdirs(folder, 'snapshots', commit);
  writeFileSync(join(mkdirs(folder, 'refs'), 'main'), commit);
  writeFileSync(join(snapshot, 'config.json'), single['config.json']);
  env.HF_HUB_OFFLINE = '1';
  await assert.rejects(find(), /lacks model\.safetensors while HF_HUB_OFFLINE is set/);
  delete env.HF_HUB_OFFLINE;
  assert.equal(await find(), snapshot);
  assert.ok(hub.requests.every((r) => !r.includes('/config.json')));
  writeFileSync(join(folder, 'refs/main'), '../../..');
  await assert.rejects(find(), /refs\/main: not a commit; expected 40 hexadecimal digits/);

  const settings = (more: NodeJS.ProcessEnv): string => hubSettings({ HOME: '/u', ...more }).cache;
  assert.equal(settings({}), '/u/.cache/huggingface/hub');
  assert.equal(settings({ XDG_CACHE_HOME: '/x' }), '/x/huggingface/hub');
  assert.equal(settings({ HF_HOME: '~/hf' }), '/u/hf/hub');
  assert.equal(settings({ HF_HOME: '/hf', HF_HUB_CACHE: '/c' }), '/c');
});

test('the command line takes a name', async (t) => {
  const { env } = await hubFor(t, single);
  const prompts = join(newFolder(), 'p.jsonl');
  writeFileSync(prompts, '{"tokens":[1,2,3]}\n');
  const args = ['generate', '--model', repo, '--prompts', prompts, '--max-new-tokens', '2'];
  const child = spawn(process.execPath, [projectPath('lib/bin/traitlab.cjs'), ...args], { env: { ...process.env, ...env } }); // prettier-ignore
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0, err);
  assert.match(out, /^\{"tokens":\[\d+,\d+\],"text":.*\}\n$/);
  assert.match(err, /download: some-org\/a-Model\.v1, \d+ kB/);
});

test(
  'transformers loads from the same cache without a network',
  { skip: !process.env.TRAITLAB_PYTHON && 'TRAITLAB_PYTHON is not set' },
  async (t) => {
    const { env, find } = await hubFor(t, single);
    await find();
    const code = `
import huggingface_hub, transformers
info = huggingface_hub.scan_cache_dir()
assert not info.warnings and [r.repo_id for r in info.repos] == ['${repo}'], info
assert [list(r.refs) for r in list(info.repos)[0].revisions] == [['main']]
model = transformers.AutoModelForCausalLM.from_pretrained('${repo}')
print(len(transformers.AutoTokenizer.from_pretrained('${repo}')) > 0, model.config.num_hidden_layers)`;
    const out = execFileSync(process.env.TRAITLAB_PYTHON!, ['-c', code], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' },
    });
    assert.match(out, /^True \d\n$/);
  },
);

function mkdirs(...parts: string[]): string {
  mkdirSync(join(...parts), { recursive: true });
  return join(...parts);
}
