type Json = Readonly<Record<string, unknown>>;

/** Whether decoded text is cleaned up: where tokenizer_config.json says so and the vocabulary is no BPE, as in transformers 5.
 *
 * The clean-up is meant for WordPiece; in texts of BPE tokenizers, whose tokens hold their spaces, it would take real ones away.
 *
 * @param tokenizer  parsed tokenizer.json
 * @param config     parsed tokenizer_config.json
 * @source transformers 5.24, TokenizersBackend._decode
 */
export function cleansUpSpaces(tokenizer: Json, config: Json): boolean {
  const { type } = (tokenizer.model ?? {}) as Json;
  const isForced = config.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output === true;
  return config.clean_up_tokenization_spaces === true && (type !== 'BPE' || isForced);
}

/** Takes away the space before punctuation and English contractions. */
export function cleanUpSpaces(text: string): string {
  return text
    .replaceAll(/ ([.?!,])/g, '$1')
    .replaceAll(" ' ", "'")
    .replaceAll(/ (n't|'m|'s|'ve|'re)/g, '$1');
}
