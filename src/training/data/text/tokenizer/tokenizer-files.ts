import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson } from '../../../backbone/read-json.ts'
import { BackboneError } from '../../../errors.ts'
import { normalizerConfig } from './normalizer.ts'
import { preTokenizerConfig } from './pre-tokenizer.ts'

const id = z.number().int().nonnegative()

/** What tokenizing depends on in `tokenizer.json`; the library reads the rest of it. */
const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id, content: z.string() })).default([]),
  normalizer: normalizerConfig.nullish(),
  pre_tokenizer: preTokenizerConfig.nullish(),
  post_processor: z.looseObject({ type: z.string() }).nullish(),
  decoder: z.looseObject({ type: z.string() }).nullish(),
  model: z.looseObject({
    type: z.enum(['WordPiece', 'BPE', 'Unigram']),
    vocab: z.union([z.record(z.string(), id), z.array(z.tuple([z.string(), z.number()]))]),
  }),
})

/** A special token stands as a text, or as an object that holds it. */
const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish()

/** What tokenizing depends on in `tokenizer_config.json`. */
const configSchema = z.looseObject({
  tokenizer_class: z.string().nullish(),
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
  truncation_side: z.enum(['left', 'right']).nullish(),
  pad_token: token,
})

export type TokenizerJson = z.infer<typeof tokenizerSchema>
export type TokenizerConfig = z.infer<typeof configSchema>

export interface TokenizerFiles {
  readonly tokenizer: TokenizerJson
  readonly config: TokenizerConfig
}

/**
 * Reads the tokenizer of a backbone directory: `tokenizer.json` with `tokenizer_config.json`, or BERT's `vocab.txt` alone.
 *
 * @throws BackboneError - no tokenizer, or one with a part that is not read
 */
export async function readTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const config = (await readJson(dir, 'tokenizer_config.json', configSchema)) ?? {}
  const tokenizer =
    (await readJson(dir, 'tokenizer.json', tokenizerSchema)) ?? (await wordPieceOf(dir, config))
  if (tokenizer !== undefined) return { tokenizer: withBertSettings(tokenizer, config), config }
  throw new BackboneError(
    dir,
    'no tokenizer: expected tokenizer.json, or vocab.txt of a BERT; save it there with the save_pretrained of its tokenizer',
  )
}

/** Settings of a BertTokenizer in `tokenizer_config.json` go before those in `tokenizer.json`, as in transformers. */
function withBertSettings(tokenizer: TokenizerJson, config: TokenizerConfig): TokenizerJson {
  const { normalizer } = tokenizer
  if (normalizer?.type !== 'BertNormalizer' || !isBert(config)) return tokenizer
  return {
    ...tokenizer,
    normalizer: {
      ...normalizer,
      lowercase: config.do_lower_case ?? normalizer.lowercase,
      strip_accents: config.strip_accents === undefined ? normalizer.strip_accents : config.strip_accents,
      handle_chinese_chars: config.tokenize_chinese_chars ?? normalizer.handle_chinese_chars,
    },
  }
}

function isBert({ tokenizer_class }: TokenizerConfig): boolean {
  return tokenizer_class === 'BertTokenizer' || tokenizer_class === 'BertTokenizerFast'
}

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']

/** The tokenizer that transformers builds from a vocabulary: a token a line, its number the line's. */
async function wordPieceOf(dir: string, config: TokenizerConfig): Promise<TokenizerJson | undefined> {
  const lines = await linesOf(dir, 'vocab.txt')
  if (lines === undefined) return undefined
  const vocab = Object.fromEntries(lines.map((word, index) => [word, index]))
  for (const name of ['[UNK]', '[CLS]', '[SEP]']) {
    if (!Object.hasOwn(vocab, name)) throw new BackboneError(dir, `vocab.txt has no line "${name}"`)
  }
  const added = SPECIAL.filter((content) => Object.hasOwn(vocab, content)).map((content) => ({
    id: vocab[content]!,
    content,
    special: true,
    normalized: false,
  }))
  return {
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars ?? true,
      strip_accents: config.strip_accents,
      lowercase: config.do_lower_case ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'BertProcessing',
      cls: ['[CLS]', vocab['[CLS]']!],
      sep: ['[SEP]', vocab['[SEP]']!],
    },
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  }
}

async function linesOf(dir: string, file: string): Promise<string[] | undefined> {
  try {
    const text = await readFile(join(dir, file), 'utf8')
    return text.replace(/\r?\n$/, '').split(/\r?\n/)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BackboneError(dir, `${file} cannot be read`, { file }, { cause })
  }
}
