import { z } from 'zod'
import { bertNormalize } from './bert-normalizer.ts'
import { Charsmap } from './charsmap.ts'
import { compilePattern } from './library.ts'
import { lowerCase, WHITE_SPACE } from './unicode.ts'

const single = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['NFC', 'NFD', 'NFKC', 'NFKD']) }),
  z.object({ type: z.enum(['Lowercase', 'StripAccents']) }),
  z.object({ type: z.literal('Strip'), strip_left: z.boolean(), strip_right: z.boolean() }),
  z.object({ type: z.literal('Prepend'), prepend: z.string() }),
  z.object({
    type: z.literal('Replace'),
    pattern: z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]),
    content: z.string(),
  }),
  z.object({ type: z.literal('Precompiled'), precompiled_charsmap: z.string().nullable() }),
  z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean().default(true),
    handle_chinese_chars: z.boolean().default(true),
    strip_accents: z.boolean().nullish(),
    lowercase: z.boolean().default(true),
  }),
])

/** The normalisers of a tokenizer.json that are read; each gives what the reference gives. */
export const normalizerConfig = z.union([
  single,
  z.object({ type: z.literal('Sequence'), normalizers: z.array(single) }),
])

export type NormalizerConfig = z.infer<typeof normalizerConfig>
type Single = z.infer<typeof single>
type Normalize = (text: string) => string

/** @throws Error - a pattern or table that cannot be read */
export function normalizer(config: NormalizerConfig): Normalize {
  if (config.type !== 'Sequence') return singleNormalizer(config)
  const steps = config.normalizers.map(singleNormalizer)
  return (text) => steps.reduce((result, step) => step(result), text)
}

function singleNormalizer(config: Single): Normalize {
  switch (config.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => text.normalize(config.type)
    case 'Lowercase':
      return lowerCase
    case 'StripAccents':
      return (text) => text.replace(ACCENT, '')
    case 'Strip':
      return strip(config.strip_left, config.strip_right)
    case 'Prepend':
      return (text) => (text === '' ? '' : config.prepend + text)
    case 'Replace':
      return replace(compilePattern(config.pattern), config.content)
    case 'Precompiled':
      return byTable(config.precompiled_charsmap)
    case 'BertNormalizer':
      return (text) => bertNormalize(text, config)
  }
}

const ACCENT = /\p{M}/gu
const LEADING = new RegExp(`^${WHITE_SPACE}+`, 'u')
const TRAILING = new RegExp(`${WHITE_SPACE}+$`, 'u')

function strip(left: boolean, right: boolean): Normalize {
  return (text) => {
    const begun = left ? text.replace(LEADING, '') : text
    return right ? begun.replace(TRAILING, '') : begun
  }
}

function replace(pattern: RegExp, content: string): Normalize {
  return (text) => text.replace(pattern, () => content)
}

function byTable(table: string | null): Normalize {
  if (table === null) return (text) => text
  const charsmap = new Charsmap(table)
  return (text) => charsmap.normalize(text)
}
