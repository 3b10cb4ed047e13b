import { z } from 'zod'
import { ByteLevelPreTokenizer, compilePattern } from './library.ts'
import { splitText } from './split-text.ts'
import { PUNCTUATION, WHITE_SPACE, WORD } from './unicode.ts'

const behavior = z.enum(['Removed', 'Isolated', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext'])
const pattern = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })])

const single = z.discriminatedUnion('type', [
  z.object({ type: z.literal('BertPreTokenizer') }),
  z.object({ type: z.literal('Whitespace') }),
  z.object({ type: z.literal('WhitespaceSplit') }),
  z.object({ type: z.literal('Digits'), individual_digits: z.boolean().default(false) }),
  z.object({ type: z.literal('Punctuation'), behavior: behavior.default('Isolated') }),
  z.object({ type: z.literal('Split'), pattern, behavior, invert: z.boolean().default(false) }),
  z.object({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.boolean().default(true),
    use_regex: z.boolean().default(true),
  }),
  z.object({
    type: z.literal('Metaspace'),
    replacement: z.string().default('▁'),
    prepend_scheme: z.enum(['always', 'never', 'first']).optional(),
    add_prefix_space: z.boolean().optional(),
    split: z.boolean().default(true),
  }),
])

/** The pre-tokenisers of a tokenizer.json that are read; each gives what the reference gives. */
export const preTokenizerConfig = z.union([
  single,
  z.object({ type: z.literal('Sequence'), pretokenizers: z.array(single) }),
])

export type PreTokenizerConfig = z.infer<typeof preTokenizerConfig>
type Single = z.infer<typeof single>
type Config<T extends Single['type']> = Extract<Single, { type: T }>

/** Cuts a text into words; `section` counts the texts between special tokens. */
type Cut = (text: string, section: number) => string[]

/** @throws Error - a pattern that cannot be read */
export function preTokenizer(config: PreTokenizerConfig): Cut {
  if (config.type !== 'Sequence') return singlePreTokenizer(config)
  const cuts = config.pretokenizers.map(singlePreTokenizer)
  return (text, section) => cuts.reduce((texts, cut) => texts.flatMap((part) => cut(part, section)), [text])
}

const SPACE = new RegExp(WHITE_SPACE, 'gu')
const MARK = new RegExp(`[${PUNCTUATION}]`, 'gu')
const DIGIT = /\p{N}/gu
const WORDS_AND_MARKS = new RegExp(`[${WORD}]+|[^${WORD}${WHITE_SPACE}]+`, 'gu')

function singlePreTokenizer(config: Single): Cut {
  switch (config.type) {
    case 'BertPreTokenizer':
      return (text) => splitText(text, SPACE, 'Removed').flatMap((word) => splitText(word, MARK, 'Isolated'))
    case 'Whitespace':
      return (text) => splitText(text, WORDS_AND_MARKS, 'Removed', true)
    case 'WhitespaceSplit':
      return (text) => splitText(text, SPACE, 'Removed')
    case 'Digits':
      return (text) => splitText(text, DIGIT, config.individual_digits ? 'Isolated' : 'Contiguous')
    case 'Punctuation':
      return (text) => splitText(text, MARK, config.behavior)
    case 'Split':
      return splitAt(config)
    case 'ByteLevel':
      return byteLevel(config)
    case 'Metaspace':
      return metaspace(config)
  }
}

function splitAt({ pattern, behavior, invert }: Config<'Split'>): Cut {
  const compiled = compilePattern(pattern)
  return (text) => splitText(text, compiled, behavior, invert)
}

const GPT2_WORDS = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${WHITE_SPACE}\\p{L}\\p{N}]+|${WHITE_SPACE}+(?!\\P{White_Space})|${WHITE_SPACE}+`,
  'gu',
)

/** Bytes as printable characters; the words of GPT-2 first, unless another pre-tokeniser has cut them. */
function byteLevel({ add_prefix_space, use_regex }: Config<'ByteLevel'>): Cut {
  const bytes = new ByteLevelPreTokenizer({ type: 'ByteLevel', add_prefix_space: false, use_regex: false })
  return (text) => {
    const whole = add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text
    const words = use_regex ? (whole.match(GPT2_WORDS) ?? []) : [whole]
    return words.flatMap((word) => bytes.pre_tokenize_text(word))
  }
}

function metaspace(config: Config<'Metaspace'>): Cut {
  const { replacement, split } = config
  const scheme = config.prepend_scheme ?? (config.add_prefix_space === false ? 'never' : 'always')
  const boundary = compilePattern({ String: replacement })
  return (text, section) => {
    const marked = text.replaceAll(' ', replacement)
    const isPrepended = scheme === 'always' || (scheme === 'first' && section === 0)
    const whole = isPrepended && !marked.startsWith(replacement) ? replacement + marked : marked
    return split ? splitText(whole, boundary, 'MergedWithNext') : [whole]
  }
}
