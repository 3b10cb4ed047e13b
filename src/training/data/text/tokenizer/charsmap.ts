/** Graphemes of at most as many bytes are replaced as a whole, longer ones character by character, as the reference does. */
const MAX_GRAPHEME_BYTES = 5
/** Replacements that are remembered; texts hold few distinct characters. */
const MAX_KNOWN = 20_000
const NUL = 0

/**
 * SentencePiece's normalisation by a compiled table: a trie over UTF-8 bytes (Darts, double array) whose leaves point into a list of
 * replacements. Used instead of the library's own, which is NFKC with exceptions and so differs from most tables.
 *
 * @see spm_precompiled, the reference's reader; google/sentencepiece, src/normalizer.cc
 */
export class Charsmap {
  readonly #units: Uint32Array
  readonly #replacements: Uint8Array
  readonly #graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
  readonly #known = new Map<string, string | undefined>()

  /** @param table - the field `precompiled_charsmap`, base64 @throws RangeError - the table is cut off */
  constructor(table: string) {
    const bytes = Buffer.from(table, 'base64')
    const trieBytes = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0
    if (trieBytes === 0 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length)
      throw new RangeError(`precompiled_charsmap of ${bytes.length} bytes, its trie of ${trieBytes}`)
    this.#units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i))
    this.#replacements = bytes.subarray(4 + trieBytes)
  }

  normalize(text: string): string {
    let result = ''
    for (const { segment } of this.#graphemes.segment(text)) {
      const whole = Buffer.byteLength(segment) <= MAX_GRAPHEME_BYTES ? this.#replace(segment) : undefined
      if (whole !== undefined) result += whole
      else for (const char of segment) result += this.#replace(char) ?? char
    }
    return result
  }

  #replace(key: string): string | undefined {
    if (!this.#known.has(key)) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear()
      this.#known.set(key, this.#lookUp(key))
    }
    return this.#known.get(key)
  }

  /** Replacement of the shortest entry that `key` begins with. */
  #lookUp(key: string): string | undefined {
    let node = offset(this.#units[0]!)
    for (const byte of Buffer.from(key)) {
      if (byte === NUL) return undefined
      node ^= byte
      const unit = this.#units[node]
      if (unit === undefined || label(unit) !== byte) return undefined
      node ^= offset(unit)
      if (hasLeaf(unit)) return this.#replacementAt(this.#units[node]! & 0x7fffffff)
    }
    return undefined
  }

  #replacementAt(start: number): string {
    const end = this.#replacements.indexOf(NUL, start)
    return Buffer.from(this.#replacements.subarray(start, end < 0 ? undefined : end)).toString()
  }
}

// Fields of a unit of the double array.
const offset = (unit: number): number => (unit >>> 10) << ((unit & (1 << 9)) >>> 6)
const label = (unit: number): number => (unit & 0x800000ff) >>> 0
const hasLeaf = (unit: number): boolean => ((unit >>> 8) & 1) === 1
