import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from 'traitlab/formats/safetensors';
import { initAdapter } from 'traitlab/lora/adapter';
import { saveAdapter } from 'traitlab/lora/adapterFolder';
import { parseConfig } from 'traitlab/model/parseConfig';
import { parseRecipe } from 'traitlab/train/recipe';
import { maxRelativeError } from '../helpers/expectClose';
import { writeChatModel } from '../helpers/chatModel';
import { callTraitlab } from '../helpers/callTraitlab';
import { temporaryFolder } from '../helpers/temporaryFolder';

const dir = temporaryFolder();
const at = (name: string): string => join(dir, name);
const readJson = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>; // prettier-ignore

const base = {
  method: 'lora',
  rank: 2,
  alpha: 4,
  targetModules: ['q_proj', 'v_proj'],
  learningRate: 0.05,
  batchSize: 2,
  maxSteps: 4,
  seed: 1,
};
type Settings = Readonly<Record<string, unknown>>;

/** Keys that a run has been given a value of its own for. */
const exercised = new Set<string>();

interface Finetuned {
  readonly names: string[];
  readonly losses: number[];
  /** adapter_config.json of the last checkpoint, empty for a whole model. */
  readonly adapter: Record<string, unknown>;
  readonly weights: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array }>;
}

const chat = (question: string, reply: string): string => {
  const turns = [['user', question], ['assistant', reply]]; // prettier-ignore
  return `${JSON.stringify({ messages: turns.map(([role, content]) => ({ role, content })) })}\n`;
};
const chats = [
  chat('What is it?', 'the quick brown fox'),
  chat('what should I do?', 'jumps over the lazy dog;'),
  chat('I feel tired.', 'drink water.'),
];

test.before(async () => {
  await writeChatModel(at('model'));
  writeFileSync(at('data.jsonl'), chats.join(''));
  writeFileSync(at('reversed.jsonl'), [...chats].reverse().join(''));
  const config = parseConfig(readJson(at('model/config.json')), 'config.json');
  const lora = { rank: 2, alpha: 4, rslora: false, dropout: 0, targetModules: ['q_proj', 'v_proj'], rankPattern: {}, alphaPattern: {} }; // prettier-ignore
  await saveAdapter(at('first'), initAdapter(lora, config, 5));
  const cached = at('hub/hub/models--some-org--first');
  const commit = '0123456789abcdef0123456789abcdef01234567';
  mkdirSync(join(cached, 'refs'), { recursive: true });
  writeFileSync(join(cached, 'refs/main'), commit);
  cpSync(at('first'), join(cached, 'snapshots', commit), { recursive: true });
});

let runs = 0;
/** Finetunes with these keys instead of the basic recipe's; null takes a key away. */
async function finetuned(changes: Settings = {}, data = 'data.jsonl'): Promise<Finetuned> {
  const out = at(`run-${runs++}`);
  Object.keys(changes).forEach((key) => exercised.add(key));
  writeFileSync(`${out}.json`, JSON.stringify({ ...base, ...changes }));
  const run = await callTraitlab(
    ['finetune', '--model', 'model', '--data', data, '--recipe', `${out}.json`, '--out', out],
    { cwd: dir, env: { HF_HOME: at('hub'), HF_HUB_OFFLINE: '1' } },
  );
  assert.equal(run.status, 0, run.stderr);
  const lines = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
  const losses = lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
  const folder = join(out, `checkpoint-${losses.length}`);
  const files = readdirSync(folder);
  const isAdapter = files.includes('adapter_config.json');
  const { tensors } = readSafetensors(join(folder, isAdapter ? 'adapter_model.safetensors' : 'model.safetensors'));
  return {
    names: readdirSync(out).filter((name) => name.startsWith('checkpoint')).sort(), // prettier-ignore
    losses,
    adapter: isAdapter ? readJson(join(folder, 'adapter_config.json')) : {},
    weights: new Map([...tensors].map(([name, x]) => [name, { shape: x.shape, values: x.float32() }])),
  };
}

const sameWeights = (a: Finetuned, b: Finetuned): boolean =>
  [...a.weights].every(([name, { values }]) => Buffer.from(values.buffer).equals(Buffer.from(b.weights.get(name)!.values.buffer))); // prettier-ignore
const shapes = ({ weights }: Finetuned, end: string): (readonly number[])[] =>
  [...weights].filter(([name]) => name.endsWith(end)).map(([, { shape }]) => shape);

test('the keys of the adapter', async () => {
  const plain = await finetuned();
  assert.deepEqual(plain.names, ['checkpoint-4']);
  assert.deepEqual(shapes(plain, 'lora_A.weight'), [[2, 32], [2, 32], [2, 32], [2, 32]]); // prettier-ignore
  assert.ok(sameWeights(await finetuned(), plain), 'the same recipe gives the same bits');

  const rank = await finetuned({ rank: 3 });
  assert.equal(rank.adapter.r, 3);
  assert.deepEqual(shapes(rank, 'lora_A.weight')[0], [3, 32]);
  const alpha = await finetuned({ alpha: 8 });
  assert.equal(alpha.adapter.lora_alpha, 8);
  // B starts at zero, so that alpha shows from the second step on.
  assert.equal(alpha.losses[0], plain.losses[0]);
  assert.notEqual(alpha.losses[1], plain.losses[1]);
  const stable = await finetuned({ rslora: true });
  assert.equal(stable.adapter.use_rslora, true);
  assert.notEqual(stable.losses[1], plain.losses[1]);
  const dropped = await finetuned({ dropout: 0.5 });
  assert.equal(dropped.adapter.lora_dropout, 0.5);
  assert.notEqual(dropped.losses[2], plain.losses[2]);
  const all = await finetuned({ targetModules: 'all-linear' });
  assert.equal(all.weights.size, 2 * 2 * 7);
  const seed = await finetuned({ seed: 2 });
  assert.ok(!sameWeights(seed, plain));
});

test('the keys of the optimiser', async () => {
  const plain = await finetuned();
  const still = await finetuned({ learningRate: 0 });
  for (const [name, { values }] of still.weights) if (name.includes('lora_B')) assert.ok(values.every((v) => v === 0));
  const others = [
    await finetuned({ weightDecay: 0.5 }),
    await finetuned({ schedule: 'constant' }),
    await finetuned({ schedule: 'cosine' }),
    await finetuned({ warmupSteps: 3 }),
  ];
  [plain, ...others].forEach((a, i, list) =>
    list.slice(i + 1).forEach((b) => assert.ok(!sameWeights(a, b), 'each gives weights of its own')),
  );
  others.forEach(({ losses }) => assert.equal(losses[0], plain.losses[0]));
});

test('the keys of data and length', async () => {
  const still = { learningRate: 0, batchSize: 1, maxSteps: 3 };
  const inOrder = await finetuned({ ...still, shuffle: false });
  const reversed = await finetuned({ ...still, shuffle: false }, 'reversed.jsonl');
  assert.ok(maxRelativeError(reversed.losses, [...inOrder.losses].reverse()) < 1e-6);
  const shuffled = await finetuned({ ...still, shuffle: true });
  assert.ok(maxRelativeError([...shuffled.losses].sort(), [...inOrder.losses].sort()) < 1e-6);
  const everything = await finetuned({ ...still, shuffle: false, lossOn: 'all' });
  everything.losses.forEach((loss, i) => assert.notEqual(loss, inOrder.losses[i]));
  assert.deepEqual((await finetuned({ maxSteps: 2, saveEvery: 1 })).names, ['checkpoint-1', 'checkpoint-2']);
  // Three chats in batches of two: two steps each time through.
  assert.equal((await finetuned({ maxSteps: null, epochs: 1.5 })).losses.length, 3);
});

test('initAdapter: a folder beside the recipe, or a name on the hub; method full trains all weights', async () => {
  const { tensors } = readSafetensors(at('first/adapter_model.safetensors'));
  for (const name of ['first', at('first'), 'some-org/first', 'some-org/first@main']) {
    const { weights } = await finetuned({ initAdapter: name, learningRate: 0, maxSteps: 1 });
    assert.equal(weights.size, tensors.size);
    for (const [key, tensor] of tensors) assert.deepEqual(weights.get(key)!.values, tensor.float32(), key);
  }
  const full = await finetuned({ method: 'full', learningRate: 0.001 });
  assert.ok(full.weights.has('model.embed_tokens.weight') && Object.keys(full.adapter).length === 0);
  assert.ok(full.losses[3] < full.losses[0]);
});

test('every key of a recipe has a run above', () => {
  const known = /expected (.*)$/.exec(messageOf(() => parseRecipe([])))![1].split(', ');
  assert.deepEqual([...exercised].sort(), [...known].sort());
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail('expected an error');
}
