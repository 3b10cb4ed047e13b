import { BackboneError } from '../../../errors.ts'
import { Tokenizer } from './library.ts'
import type { LibraryTokenizer } from './library.ts'
import { normalizer } from './normalizer.ts'
import { preTokenizer } from './pre-tokenizer.ts'
import { readTokenizerFiles } from './tokenizer-files.ts'
import type { TokenizerFiles, TokenizerJson } from './tokenizer-files.ts'

export interface TokenizerLimits {
  /** Most tokens of a text, special ones included. */
  readonly extent: number
  /** Rows of the embedding table. */
  readonly vocabulary: number
}

export interface TokenizedText {
  readonly ids: Int32Array
  /** Whether tokens were cut off. */
  readonly isCut: boolean
}

/** A backbone's own tokenizer. */
export interface TextTokenizer {
  /** Fills the rows of a batch behind a text; the mask hides it. */
  readonly padId: number
  /** Token ids of a text as the model was trained on them, special tokens included even where the text is cut. */
  encode(text: string): TokenizedText
  /** The text of token ids, special tokens left out; what `encode` normalised stays so. */
  decode(ids: readonly number[]): string
}

/**
 * Opens the tokenizer of a backbone directory.
 *
 * Gives the ids that the Rust tokenizer gives, but for some characters that joined Unicode after the tables of the reference (2015).
 *
 * @throws BackboneError - no tokenizer, one that is not read, ids without a row in the embedding table, an extent that special
 *   tokens alone fill
 */
export async function openTokenizer(dir: string, limits: TokenizerLimits): Promise<TextTokenizer> {
  const files = await readTokenizerFiles(dir)
  checkIds(dir, files.tokenizer, limits.vocabulary)
  const library = buildTokenizer(dir, files)
  const special = specialTokens(dir, library)
  const room = limits.extent - special.before.length - special.after.length
  if (room < 1) {
    const needed = special.before.length + special.after.length + 1
    throw new BackboneError(
      dir,
      `an extent of ${limits.extent} tokens; this tokenizer needs at least ${needed}`,
    )
  }
  const fromLeft = files.config.truncation_side === 'left'
  return {
    padId: padId(files, limits.vocabulary),
    encode: (text) => {
      const { ids } = library.encode(text, { add_special_tokens: false })
      const isCut = ids.length > room
      const kept = !isCut ? ids : fromLeft ? ids.slice(-room) : ids.slice(0, room)
      return { ids: Int32Array.from([...special.before, ...kept, ...special.after]), isCut }
    },
    decode: (ids) => library.decode([...ids], { skip_special_tokens: true }),
  }
}

/** The library's tokenizer with normaliser and pre-tokeniser of ours, which keep to the reference. */
function buildTokenizer(dir: string, { tokenizer, config }: TokenizerFiles): LibraryTokenizer {
  try {
    const plain = { post_processor: null, decoder: null, normalizer: null, pre_tokenizer: null, ...tokenizer }
    const library = new Tokenizer(plain, config)
    if (tokenizer.normalizer != null) library.normalizer = normalizer(tokenizer.normalizer)
    if (tokenizer.pre_tokenizer != null) {
      const cut = preTokenizer(tokenizer.pre_tokenizer)
      library.pre_tokenizer = (text, { section_index }) => cut(text, section_index)
    }
    return library
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new BackboneError(dir, `tokenizer.json is not read: ${problem}`, {}, { cause })
  }
}

interface SpecialTokens {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** What is put around every text, found by tokenizing one with and without. */
function specialTokens(dir: string, library: LibraryTokenizer): SpecialTokens {
  const { ids: bare } = library.encode('a', { add_special_tokens: false })
  const { ids: whole } = library.encode('a', { add_special_tokens: true })
  const at = whole.findIndex((_, start) => bare.every((id, i) => whole[start + i] === id))
  if (bare.length === 0 || at < 0) throw new BackboneError(dir, 'tokenizer.json gives no token for "a"')
  return { before: whole.slice(0, at), after: whole.slice(at + bare.length) }
}

function checkIds(dir: string, tokenizer: TokenizerJson, vocabulary: number): void {
  let highest = -1
  const { vocab } = tokenizer.model
  if (Array.isArray(vocab)) highest = vocab.length - 1
  else for (const id of Object.values(vocab)) highest = Math.max(highest, id)
  for (const { id } of tokenizer.added_tokens) highest = Math.max(highest, id)
  if (highest < vocabulary) return
  throw new BackboneError(
    dir,
    `the tokenizer gives ids up to ${highest}, the embedding table has ${vocabulary} rows; tokenizer and weights are of different models`,
    { highest, vocabulary },
  )
}

function padId({ tokenizer, config }: TokenizerFiles, vocabulary: number): number {
  const id = tokenizer.added_tokens.find(({ content }) => content === config.pad_token)?.id ?? 0
  return id < vocabulary ? id : 0
}
