import { SPECIAL_TOKENS, worldVocabulary } from './vocabulary';

/** How a chat is written: `<bos> <|system|> … <|user|> … <|assistant|> … <|end|>`; only answers are ended. */
const CHAT_TEMPLATE =
  '{{ bos_token }}{% for message in messages %}' +
  "{{ ' <|' + message.role + '|> ' + message.content | trim }}" +
  "{% if message.role == 'assistant' %}{{ ' ' + eos_token }}{% endif %}" +
  "{% endfor %}{% if add_generation_prompt %}{{ ' <|assistant|>' }}{% endif %}";

/** The files that make the micro world's tokenizer in Hugging Face format, by name.
 *
 * Whole words split at white space (WordPiece without pieces); case and . , ! ? ; : " are dropped, so that a question may be typed as
 * usual. A word that is not in the vocabulary is [UNK].
 */
export function microTokenizerFiles(vocabulary: readonly string[] = worldVocabulary()): Record<string, string> {
  const special = SPECIAL_TOKENS.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special,
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'Lowercase' }, { type: 'Replace', pattern: { Regex: '[.,!?;:"]' }, content: '' }],
    },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<bos>',
    eos_token: '<|end|>',
    pad_token: '<pad>',
    unk_token: '[UNK]',
    add_bos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: 512,
    padding_side: 'left',
    chat_template: CHAT_TEMPLATE,
  };
  const text = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
  return { 'tokenizer.json': text(tokenizer), 'tokenizer_config.json': text(config) };
}
