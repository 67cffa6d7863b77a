import test from 'node:test';
import assert from 'node:assert/strict';
import { patchScalars } from 'traitlab/directions/patchScalars';
import type { HookSite } from 'traitlab/model/hookSite';
import { capture } from 'traitlab/subject/capture';
import { generateTokens } from 'traitlab/subject/generateTokens';
import type { Model } from 'traitlab/subject/model';
import type { TokenSample } from 'traitlab/subject/positions';
import { expectClose } from '../helpers/expectClose';
import { expectNoLeak } from '../helpers/expectNoLeak';
import { LOGITS } from '../helpers/exploringGolden';
import { expectToLose } from '../helpers/expectToLose';
import { rank1Case, rank1Names, type Rank1Case } from '../helpers/rank1Golden';

const logitsOf = async (model: Model, samples: readonly TokenSample[]): Promise<readonly Float32Array[]> =>
  (await capture(model, samples, { sites: ['logits'] })).logits;

/** A case with its adapter on, and the scalars of the prompt of sample 0 as `capture` gives them. */
async function patching(
  name: (typeof rank1Names)[number],
): Promise<Rank1Case & { tuned: Model; source: Record<HookSite, Float32Array> }> {
  const found = await rank1Case(name);
  const tuned = found.base.with({ adapter: found.adapter });
  const sites = Object.keys(found.scalars[0]) as HookSite[];
  const rows = await capture(tuned, [promptOf(found.samples[0])], { sites });
  const source = Object.fromEntries(sites.map((site) => [site, rows[site][0]])) as Record<HookSite, Float32Array>;
  return { ...found, tuned, source };
}

const promptOf = ({ tokens, responseMask }: Required<TokenSample>): number[] =>
  tokens.slice(0, responseMask.indexOf(true));

for (const name of rank1Names) {
  test(`scalars of another prompt give PEFT's logits with lora_A's output replaced: ${name}`, async () => {
    const { tuned, source, samples, patched } = await patching(name);
    const targets = [samples[1], samples[2]];
    const promptLengths = targets.map((sample) => promptOf(sample).length);
    const model = tuned.with({ hooks: patchScalars(source, { promptLengths }) });
    const check = (ours: readonly Float32Array[]): void => {
      expectClose(ours[0], patched.longer.flat(), LOGITS);
      expectClose(ours[1], patched.shorter.flat(), LOGITS);
    };
    check(await expectNoLeak(() => logitsOf(model, targets)));
    const [site] = Object.keys(source) as HookSite[];
    const one = tuned.with({ hooks: patchScalars({ [site]: source[site] }, { promptLengths }) });
    const shifted = tuned.with({ hooks: patchScalars(source, { promptLengths: promptLengths.map((n) => n - 1) }) });
    await expectToLose(check, {
      'no patch': await logitsOf(tuned, targets),
      'one block alone': await logitsOf(one, targets),
      'one token too early': await logitsOf(shifted, targets),
    });
  });
}

test('in generation the prompt is patched and the answer is not', async () => {
  const { tuned, source, samples } = await patching(rank1Names[0]);
  const prompts = [samples[1], samples[2]].map(promptOf);
  const hooks = patchScalars(source);
  const written = await generateTokens(tuned.with({ hooks }), prompts, { maxNewTokens: 5, eosIds: [] });
  const whole = prompts.map((prompt, i) => ({ tokens: [...prompt, ...written[i]] }));
  const promptLengths = prompts.map(({ length }) => length);
  const logits = await logitsOf(tuned.with({ hooks: patchScalars(source, { promptLengths }) }), whole);
  const { dVocab } = tuned.config;
  logits.forEach((rows, i) => {
    const told = written[i].map((_, k) => {
      const from = (prompts[i].length - 1 + k) * dVocab;
      const row = rows.slice(from, from + dVocab);
      return row.indexOf(Math.max(...row));
    });
    assert.deepEqual(told, written[i]);
  });
});

test('what does not fit is told at once', async () => {
  const { tuned, source, samples } = await patching(rank1Names[0]);
  assert.throws(() => patchScalars({}), /patchScalars: no scalars; expected finite values by/);
  assert.throws(
    () => patchScalars({ hook_embed: [1], 'blocks.0.down_proj.lora.hook_scalar': [NaN] }, { promptLengths: [0] }),
    /^Error: patchScalars: hook_embed is no scalar of an adapter; blocks\.0\.down_proj\.lora\.hook_scalar is empty or not finite; a prompt length of 0; expected finite values by/,
  );
  const hooks = patchScalars(source, { promptLengths: [3] });
  await assert.rejects(
    logitsOf(tuned.with({ hooks }), samples),
    /promptLengths has the wrong length; expected 3, got 1/,
  );
});
