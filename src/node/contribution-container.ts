import { MalformedError } from '../errors.ts'

/** What a contribution file holds. */
export interface ContributionContainer {
  /** The signed envelope as it travels. */
  readonly envelope: Uint8Array
  /** The whole payload. */
  readonly payload: Uint8Array
}

const text = new TextEncoder()
/** A map of three: v is 1, then the key of the payload. */
const BEFORE_PAYLOAD = Uint8Array.of(0xa3, 0x61, 0x76, 0x01, 0x67, ...text.encode('payload'))
const BEFORE_ENVELOPE = Uint8Array.of(0x68, ...text.encode('envelope'))

/** Major type 2 of CBOR, byte strings, by how many bytes their length takes. */
const BYTES_1 = 0x58
const WIDTHS = [1, 2, 4, 8] as const

/** dag-cbor of `{ v: 1, envelope, payload }`, whose keys stand by length: v, payload, envelope. */
export function encodeContainer({ envelope, payload }: ContributionContainer): Uint8Array {
  const parts = [BEFORE_PAYLOAD, head(payload.length), payload, BEFORE_ENVELOPE, head(envelope.length), envelope] // prettier-ignore
  const result = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}

/**
 * The two parts, as views into `bytes`. Reads the one canonical encoding only, so hostile bytes cost no more memory than they have.
 *
 * @throws MalformedError - `detail.reason` is `malformed`
 */
export function decodeContainer(operand: string, bytes: Uint8Array): ContributionContainer {
  const reader = new ContainerReader(operand, bytes)
  reader.expect(BEFORE_PAYLOAD)
  const payload = reader.byteString()
  reader.expect(BEFORE_ENVELOPE)
  const envelope = reader.byteString()
  reader.end()
  return { envelope, payload }
}

/** Whether a file that begins so is meant as a contribution file. */
export function looksLikeContainer(start: Uint8Array): boolean {
  return BEFORE_PAYLOAD.every((byte, i) => start[i] === byte)
}

/** Shortest head of a byte string of that length. */
function head(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 + length)
  const step = WIDTHS.findIndex((width) => length < 256 ** width)
  const result = new Uint8Array(1 + WIDTHS[step]!)
  result[0] = BYTES_1 + step
  for (let i = result.length - 1, rest = length; i > 0; i--, rest = Math.floor(rest / 256))
    result[i] = rest % 256
  return result
}

class ContainerReader {
  #at = 0
  readonly #operand: string
  readonly #bytes: Uint8Array

  constructor(operand: string, bytes: Uint8Array) {
    this.#operand = operand
    this.#bytes = bytes
  }

  expect(part: Uint8Array): void {
    const found = this.#take(part.length)
    if (!part.every((byte, i) => found[i] === byte)) this.#fail('expected v 1, payload, envelope')
  }

  byteString(): Uint8Array {
    const first = this.#take(1)[0]!
    const width = first < BYTES_1 ? 0 : (WIDTHS[first - BYTES_1] ?? 0)
    if (first < 0x40 || (first >= 0x58 && width === 0)) this.#fail('expected a byte string')
    const length =
      width === 0 ? first - 0x40 : this.#take(width).reduce((value, byte) => value * 256 + byte, 0)
    if (head(length).length !== 1 + width) this.#fail('a length is not in its shortest form')
    return this.#take(length)
  }

  end(): void {
    if (this.#at < this.#bytes.length)
      this.#fail(`${this.#bytes.length - this.#at} bytes behind the envelope`)
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) this.#fail(`ends at byte ${this.#bytes.length}, expected at least ${end}`)
    const found = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return found
  }

  #fail(problem: string): never {
    throw new MalformedError(this.#operand, `not a contribution file: ${problem}`, { reason: 'malformed' })
  }
}
