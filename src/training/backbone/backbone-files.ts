/** Describes the architecture; without it a directory is no backbone. */
export const CONFIG_FILE = 'config.json'

/** How images are prepared. */
export const PREPROCESSOR_FILE = 'preprocessor_config.json'

/** What decides besides config, weights and preprocessing, where it is there: the tokenizer, the pooling and what follows it. */
export const OPTIONAL_FILES: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  '1_Pooling/config.json',
  'modules.json',
]
