import type { HookSite, LinearModule } from '../model/hookSite';
import { scalarSites } from '../model/scalarSites';
import { capture, type CaptureOptions } from './capture';
import { encodePrompts, type Prompt } from './encodePrompts';
import type { Subject } from './model';
import { countedPositions } from './positions';
import { withHeader } from './withHeader';

/** One scalar of an adapter: a row of A of one module. */
export interface ScalarColumn {
  readonly site: HookSite;
  readonly layer: number;
  readonly module: LinearModule;
  /** Which row of A; 0 alone for an adapter of rank 1. */
  readonly component: number;
}

/** Scalars of response tokens as a table: what probes are fitted on. */
export interface AdapterScalars {
  readonly columns: readonly ScalarColumn[];
  /** [token column] A·x; the scale of the adapter is not in it. */
  readonly rows: readonly Float32Array[];
  /** Of each row the chat it is of, its position in it and the token there. */
  readonly answer: readonly number[];
  readonly position: readonly number[];
  readonly token: readonly number[];
}

export interface AdapterScalarsOptions extends Pick<CaptureOptions<HookSite>, 'batchSize' | 'onProgress'> {
  /** Whether the header of an answer (`<|im_start|>assistant` and the like) counts as part of it: `out` (default), or `in` as in the released
   * code of arXiv 2506.11618. Its end of turn counts where the response mask has it, as that of judged answers. */
  header?: 'in' | 'out';
}

/** The scalars s = A·x that an adapter computes of each response token, one column for each row of A of each adapted module.
 *
 * With `y = W x + scale · B A x`, x the input of the module and an adapter of rank 1, s is how much of B is added there.
 *
 * @param model  with its adapter
 * @param chats  what holds answers: `sample` of a `JudgedAnswer`, tokens with a response mask, messages that end in an answer
 * @throws Error if the model has no adapter, or as `capture` and `withHeader` do
 * @source arXiv 2506.11618, section 4
 * @check test/subject/adapterScalars.test.ts (PEFT's lora_A outputs)
 */
export async function adapterScalars(
  model: Subject,
  chats: readonly Prompt[],
  { header = 'out', ...options }: AdapterScalarsOptions = {},
): Promise<AdapterScalars> {
  const sites = scalarSites(model.deltas ?? {});
  if (sites.length === 0)
    throw new Error('adapterScalars: the model has no adapter; expected one, as model.with({ adapter })');
  const encoded = encodePrompts('adapterScalars', model, chats);
  const samples = header === 'in' ? withHeader(model, encoded) : encoded;
  const counted = samples.map((sample) => countedPositions(sample, 'responseMean'));
  const seen = await capture(model, samples, { sites: sites.map(({ site }) => site), positions: 'all', ...options });
  const columns = sites.flatMap(({ rank, ...site }) =>
    Array.from({ length: rank }, (_, component) => ({ ...site, component })),
  );
  const places = samples.flatMap(({ tokens }, answer) =>
    tokens.flatMap((token, position) => (counted[answer][position] ? [{ answer, position, token }] : [])),
  );
  const rows = places.map(({ answer, position }) =>
    Float32Array.from(
      sites.flatMap(({ site, rank }) => [...seen[site][answer].subarray(position * rank, (position + 1) * rank)]),
    ),
  );
  return {
    columns,
    rows,
    answer: places.map(({ answer }) => answer),
    position: places.map(({ position }) => position),
    token: places.map(({ token }) => token),
  };
}
