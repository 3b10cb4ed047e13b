import { lowerCase, WHITE_SPACE } from './unicode.ts'

/** Settings of a BertNormalizer in tokenizer.json. */
export interface BertNormalizerConfig {
  readonly clean_text: boolean
  readonly handle_chinese_chars: boolean
  /** Null and absent: as `lowercase`. */
  readonly strip_accents?: boolean | null | undefined
  readonly lowercase: boolean
}

const REMOVED = /[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu
const SPACE = new RegExp(WHITE_SPACE, 'gu')
const IDEOGRAPH =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu
const ACCENT = /\p{Mn}/gu

/**
 * BERT's cleaning of a text: control characters out, every space a plain one, ideographs apart, accents off, lower case, in this order.
 *
 * The library's own goes by UTF-16 units, so it leaves ideographs beyond U+FFFF together, and writes a final Greek sigma as ς.
 */
export function bertNormalize(text: string, config: BertNormalizerConfig): string {
  const stripAccents = config.strip_accents ?? config.lowercase
  let result = text
  if (config.clean_text) result = result.replace(REMOVED, '').replace(SPACE, ' ')
  if (config.handle_chinese_chars) result = result.replace(IDEOGRAPH, ' $& ')
  if (stripAccents) result = result.normalize('NFD').replace(ACCENT, '')
  return config.lowercase ? lowerCase(result) : result
}
