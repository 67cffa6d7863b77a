import { ConfigReader } from './configReader';
import type { Family, ModelConfig } from './modelConfig';
import { parseRope } from './parseRope';

/** Reads a Hugging Face `config.json` of a Llama, Mistral, Qwen 2 or Gemma 2 model.
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
  if (!Object.hasOwn(families, modelType)) {
    throw new Error(
      `loadModel: ${path}: unsupported model_type ${JSON.stringify(modelType)}; expected one of ${Object.keys(families).join(', ')}`,
    );
  }
  const family = modelType as Family;
  const dModel = read.size('hidden_size');
  const nLayers = read.size('num_hidden_layers', undefined, 1000);
  const nHeads = read.size('num_attention_heads');
  const common = {
    family,
    nLayers,
    dModel,
    nHeads,
    nKvHeads: read.size('num_key_value_heads', nHeads),
    dHead: read.size('head_dim', family === 'gemma2' ? 256 : dModel / nHeads),
    dMlp: read.size('intermediate_size'),
    dVocab: read.size('vocab_size'),
    nCtx: read.size('max_position_embeddings', family === 'llama' ? 2048 : 32768),
    normEps: read.number('rms_norm_eps', 1e-6),
    ...parseRope(read),
    tieEmbeddings: read.flag('tie_word_embeddings', family === 'gemma2'),
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

/** What only a family's own keys decide. */
type SwitchName =
  | 'normOffset'
  | 'sandwichNorms'
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
    read.mustBe('hidden_act', 'silu');
    const first = read.count('max_window_layers', 28);
    const size = read.optionalSize('sliding_window', 4096);
    const window = read.flag('use_sliding_window', false) ? size : undefined;
    const types = read.layerTypes(common.nLayers, (i) => window !== undefined && i >= first);
    read.mustBe('use_mrope', false);
    return { ...plain(common), qkvBias: true, windows: types.map((sliding) => (sliding ? window : undefined)) };
  },
  gemma2(read, common) {
    read.mustBe('hidden_activation', 'gelu_pytorch_tanh');
    read.ignore('hidden_act', 'cache_implementation', 'sliding_window_size');
    read.mustBe('use_bidirectional_attention', false);
    const window = read.optionalSize('sliding_window', 4096);
    const types = read.layerTypes(common.nLayers, (i) => i % 2 === 0);
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
      attentionSoftcap: read.optionalNumber('attn_logit_softcapping', 50),
      logitSoftcap: read.optionalNumber('final_logit_softcapping', 30),
      windows: types.map((sliding) => (sliding ? window : undefined)),
    };
  },
};

/** The switches of a plain Llama. */
function plain({ nLayers, dHead }: Common): Switches {
  return {
    normOffset: 0,
    sandwichNorms: false,
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
