import * as tokenizers from '@huggingface/tokenizers'

/** Pattern of a tokenizer.json: a literal text, or a regular expression in Oniguruma's syntax. */
export type Pattern = { readonly String: string } | { readonly Regex: string }

/** What is used of the library's tokenizer; `normalizer` and `pre_tokenizer` are called as functions. */
export interface LibraryTokenizer {
  normalizer: ((text: string) => string) | null
  pre_tokenizer: ((text: string, options: { readonly section_index: number }) => string[]) | null
  decode(ids: number[], options?: { readonly skip_special_tokens?: boolean }): string
  encode(text: string, options?: { readonly add_special_tokens?: boolean }): { readonly ids: number[] }
}

interface Library {
  readonly Tokenizer: new (tokenizer: object, config: object) => LibraryTokenizer
  readonly SplitPreTokenizer: new (config: {
    readonly type: 'Split'
    readonly pattern: Pattern
    readonly behavior: 'Isolated'
    readonly invert: boolean
  }) => { readonly pattern: RegExp | null }
  readonly ByteLevelPreTokenizer: new (config: {
    readonly type: 'ByteLevel'
    readonly add_prefix_space: boolean
    readonly use_regex: boolean
  }) => { pre_tokenize_text(text: string): string[] }
}

/** The library, typed here: its declarations import files without extension, which Node's resolution does not find. */
const library = tokenizers as unknown as Library

export const { Tokenizer, ByteLevelPreTokenizer } = library

/** A pattern as a global regular expression. @throws Error - a construct that has no counterpart */
export function compilePattern(pattern: Pattern): RegExp {
  const { pattern: compiled } = new library.SplitPreTokenizer({
    type: 'Split',
    pattern,
    behavior: 'Isolated',
    invert: false,
  })
  if (compiled === null) throw new Error(`pattern ${JSON.stringify(pattern)} is not read`)
  return compiled
}
