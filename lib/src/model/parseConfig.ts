import { ConfigReader } from './configReader';
import type { Family, ModelConfig } from './modelConfig';
import { parseLayerRopes } from './parseLayerRopes';
import { parsePhiRope } from './parsePhiRope';
import { parseRope } from './parseRope';

/** Reads a Hugging Face `config.json` of a Llama, Mistral, Qwen 2 or 3, Gemma 2 or 3 (text) or Phi 3 or 4 model.
 *
 * Every key must be handled or be known to change nothing; what is not is refused, all at once. Missing keys take the
 * defaults of transformers.
 *
 * @param source  parsed config.json
 * @param path    its path, for messages
 * @throws Error listing every problem
 */
export function parseConfig(source: unknown, path: string): ModelConfig {
  const read = new ConfigReader(source, path);
  const modelType = read.text('model_type', '');
  if (modelType === 'gemma3') {
    throw new Error(
      `loadModel: ${path}: model_type "gemma3" is a Gemma 3 with images; expected "gemma3_text", the text model alone`,
    );
  }
  if (!Object.hasOwn(families, modelType)) {
    throw new Error(
      `loadModel: ${path}: unsupported model_type ${JSON.stringify(modelType)}; expected one of ${Object.keys(families).join(', ')}`,
    );
  }
  const family = modelType as Family;
  const dModel = read.size('hidden_size');
  const nLayers = read.size('num_hidden_layers', undefined, 1000);
  const nHeads = read.size('num_attention_heads');
  const missing = { ...usual, ...defaults[family] };
  const dHead = read.size('head_dim', missing.dHead ?? dModel / nHeads);
  const nCtx = read.size('max_position_embeddings', missing.nCtx);
  const hasNullKvHeads = 'num_key_value_heads' in read.source; // null is as many as heads, a missing key is not
  const common = {
    family,
    nLayers,
    dModel,
    nHeads,
    nKvHeads: read.size('num_key_value_heads', hasNullKvHeads ? nHeads : (missing.nKvHeads ?? nHeads)),
    dHead,
    dMlp: read.size('intermediate_size'),
    dVocab: read.size('vocab_size'),
    nCtx,
    normEps: read.number('rms_norm_eps', missing.normEps),
    rotarySize: dHead,
    ...(ropeReaders[family] ?? parseRope)(read, { dHead, nCtx }),
    tieEmbeddings: read.flag('tie_word_embeddings', missing.tieEmbeddings),
    eosIds: read.ids('eos_token_id'),
    source: read.source,
  };
  const config: ModelConfig = { ...common, ...families[family](read, common) };
  if (config.nHeads % config.nKvHeads !== 0)
    read.problem(
      `num_attention_heads ${config.nHeads} is not a multiple of num_key_value_heads; expected a multiple of ${config.nKvHeads}`,
    );
  if (config.dHead % 2 !== 0)
    read.problem(`head_dim ${config.dHead} is odd; expected an even size for rotary positions`);
  read.finish(harmless);
  return config;
}

/** What transformers takes for keys that are missing; no head size: dModel/nHeads, no heads for keys: as many as heads. */
interface Defaults {
  readonly nKvHeads?: number;
  readonly dHead?: number;
  readonly nCtx: number;
  readonly normEps: number;
  readonly tieEmbeddings: boolean;
}
const usual: Defaults = { nCtx: 32768, normEps: 1e-6, tieEmbeddings: false };
const defaults: Partial<Record<Family, Partial<Defaults>>> = {
  llama: { nCtx: 2048 },
  mistral: { nKvHeads: 8, nCtx: 131072 },
  qwen2: { nKvHeads: 32 },
  gemma2: { nKvHeads: 4, dHead: 256, nCtx: 8192, tieEmbeddings: true },
  phi3: { nCtx: 4096, normEps: 1e-5 },
  qwen3: { nKvHeads: 32, dHead: 128 },
  gemma3_text: { nKvHeads: 4, dHead: 256, nCtx: 131072, tieEmbeddings: true },
};

/** How rotary settings are read where a family has more than the usual ones. */
const ropeReaders = { phi3: parsePhiRope, gemma3_text: parseLayerRopes } as Partial<
  Record<Family, typeof parsePhiRope | typeof parseLayerRopes>
>;

/** What only a family's own keys decide. */
type SwitchName =
  | 'normOffset'
  | 'sandwichNorms'
  | 'qkNorms'
  | 'fusedProjections'
  | 'qkvBias'
  | 'oBias'
  | 'mlpBias'
  | 'activation'
  | 'embedScale'
  | 'attentionScale'
  | 'windows';
type Common = Omit<ModelConfig, SwitchName>;
type Switches = Pick<ModelConfig, SwitchName> & Partial<Pick<ModelConfig, 'attentionSoftcap' | 'logitSoftcap'>>;

/** What each family adds to the common decoder; only families read their own keys. */
const families: Record<Family, (read: ConfigReader, common: Common) => Switches> = {
  llama(read, common) {
    read.mustBe('hidden_act', 'silu');
    read.mustBe('pretraining_tp', 1);
    const bias = read.flag('attention_bias', false);
    return { ...plain(common), qkvBias: bias, oBias: bias, mlpBias: read.flag('mlp_bias', false) };
  },
  mistral(read, common) {
    read.mustBe('hidden_act', 'silu');
    const window = read.optionalSize('sliding_window', 4096);
    return { ...plain(common), windows: perLayer(common.nLayers, () => window) };
  },
  qwen2(read, common) {
    read.mustBe('use_mrope', false);
    return { ...plain(common), qkvBias: true, windows: qwenWindows(read, common.nLayers) };
  },
  gemma2(read, common) {
    const window = read.optionalSize('sliding_window', 4096);
    const types = read.layerTypes(common.nLayers, (i) => i % 2 === 0);
    return {
      ...gemma(read, common),
      attentionSoftcap: read.optionalNumber('attn_logit_softcapping', 50),
      logitSoftcap: read.optionalNumber('final_logit_softcapping', 30),
      windows: types.map((sliding) => (sliding ? window : undefined)),
    };
  },
  phi3(read, common) {
    read.mustBe('hidden_act', 'silu');
    for (const bias of ['attention_bias', 'mlp_bias', 'lm_head_bias']) read.mustBe(bias, false);
    for (const off of ['full_attn_mod', 'interpolate_factor']) read.mustBe(off, 1);
    read.ignore('auto_map', 'embd_pdrop', 'resid_pdrop');
    const window = read.optionalSize('sliding_window');
    return { ...plain(common), fusedProjections: true, windows: perLayer(common.nLayers, () => window) };
  },
  qwen3(read, common) {
    const bias = read.flag('attention_bias', false);
    const windows = qwenWindows(read, common.nLayers);
    return { ...plain(common), qkvBias: bias, oBias: bias, qkNorms: true, windows };
  },
  gemma3_text(read, common) {
    read.mustBe('attn_logit_softcapping', null);
    const window = read.optionalSize('sliding_window', 4096);
    if (window === undefined) read.problem('sliding_window is null; expected the size of the windows');
    const every = read.size('sliding_window_pattern', 6);
    const types = read.layerTypes(common.nLayers, (i) => (i + 1) % every !== 0);
    read.ignore('_sliding_window_pattern'); // what layer_types was made from
    return {
      ...gemma(read, common),
      qkNorms: true,
      logitSoftcap: read.optionalNumber('final_logit_softcapping'),
      windows: types.map((sliding) => (sliding ? window : undefined)),
    };
  },
};

/** Qwen: windows from some layer on, or where `layer_types` says; if they are switched on at all. */
function qwenWindows(read: ConfigReader, nLayers: number): (number | undefined)[] {
  read.mustBe('hidden_act', 'silu');
  const first = read.count('max_window_layers', 28);
  const size = read.optionalSize('sliding_window', 4096);
  const window = read.flag('use_sliding_window', false) ? size : undefined;
  const types = read.layerTypes(nLayers, (i) => window !== undefined && i >= first);
  return types.map((sliding) => (sliding ? window : undefined));
}

/** The switches that Gemma 2 and 3 share. */
function gemma(read: ConfigReader, common: Common): Switches {
  read.mustBe('hidden_activation', 'gelu_pytorch_tanh');
  read.ignore('hidden_act', 'cache_implementation', 'sliding_window_size');
  read.mustBe('use_bidirectional_attention', false);
  const bias = read.flag('attention_bias', false);
  return {
    ...plain(common),
    qkvBias: bias,
    oBias: bias,
    normOffset: 1,
    sandwichNorms: true,
    activation: 'geluTanh',
    embedScale: Math.fround(Math.sqrt(common.dModel)),
    attentionScale: 1 / Math.sqrt(read.number('query_pre_attn_scalar', 256)),
  };
}

/** The switches of a plain Llama. */
function plain({ nLayers, dHead }: Common): Switches {
  return {
    normOffset: 0,
    sandwichNorms: false,
    qkNorms: false,
    fusedProjections: false,
    qkvBias: false,
    oBias: false,
    mlpBias: false,
    activation: 'silu',
    embedScale: 1,
    attentionScale: 1 / Math.sqrt(dHead),
    windows: perLayer(nLayers, () => undefined),
  };
}

function perLayer<T>(n: number, value: (layer: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => value(i));
}

/** Keys that change nothing in a forward pass of a loaded model. */
const harmless: readonly string[] = [
  'architectures',
  'model_type',
  'torch_dtype',
  'dtype',
  'transformers_version',
  'use_cache',
  'bos_token_id',
  'pad_token_id',
  'unk_token_id',
  'initializer_range',
  'attention_dropout',
  '_name_or_path',
  '_commit_hash',
  '_attn_implementation_autoset',
  'unsloth_version',
  'unsloth_fixed',
  'return_dict',
  'output_hidden_states',
  'output_attentions',
  'chunk_size_feed_forward',
  'is_encoder_decoder',
  'id2label',
  'label2id',
  'problem_type',
  'torchscript',
];
