import { decode, encode } from '@ipld/dag-cbor'
import { equals } from 'uint8arrays/equals'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { MAX_NAME_LENGTH, MAX_PEER_ID_LENGTH } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import { isPeerName } from './signature.ts'

/** sha2-256. */
const DIGEST_BYTES = 32
/** Listed by number, as what a class such as `\\p{C}` holds differs between versions of Node. */
const GARBLING = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u

/** @throws RefusedError `too-large` - so that no peer has to refuse what we send */
export function encodeWire(operand: string, value: unknown, maxBytes: number): Uint8Array {
  const bytes = encode(value)
  assertSize(operand, bytes, maxBytes)
  return bytes
}

/**
 * Reads one dag-cbor map with exactly the fields that `parse` takes. Only the canonical encoding is accepted, so that a
 * value has one encoding and a digest over it one value.
 *
 * @throws RefusedError `too-large`, `malformed`
 */
export function decodeWire<T>(
  operand: string,
  bytes: Uint8Array,
  maxBytes: number,
  parse: (f: Fields) => T,
): T {
  assertSize(operand, bytes, maxBytes)
  let value: unknown
  let canonical: boolean
  try {
    value = decode(bytes)
    canonical = equals(encode(value), bytes)
  } catch (thrown) {
    throw new RefusedError('malformed', operand, 'not dag-cbor', { cause: asError(thrown) })
  }
  if (!canonical) throw new RefusedError('malformed', operand, 'not the canonical encoding')
  const fields = new Fields(operand, value)
  const parsed = parse(fields)
  fields.done()
  return parsed
}

function assertSize(operand: string, bytes: Uint8Array, maxBytes: number): void {
  if (bytes.byteLength <= maxBytes) return
  const problem = `${bytes.byteLength} bytes, at most ${maxBytes} are allowed`
  throw new RefusedError('too-large', operand, problem)
}

/** Reads the fields of a decoded map one by one; each has a type and a bound, and none may be left over. */
export class Fields {
  readonly #operand: string
  readonly #rest: Map<string, unknown>

  constructor(operand: string, value: unknown) {
    this.#operand = operand
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw new RefusedError('malformed', operand, 'not a map')
    }
    this.#rest = new Map(Object.entries(value))
  }

  text(name: string, maxLength: number): string {
    const value = this.#take(name)
    if (typeof value !== 'string' || value.length > maxLength) throw this.#wrong(name, `text ≤ ${maxLength}`)
    return value
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const value = this.#take(name)
    const found = values.find((one) => one === value)
    if (found === undefined) throw this.#wrong(name, `one of ${values.join(', ')}`)
    return found
  }

  flag(name: string): boolean {
    const value = this.#take(name)
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false')
    return value
  }

  integer(name: string, min: number, max: number): number {
    const value = this.#take(name)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw this.#wrong(name, `integer from ${min} to ${max}`)
    }
    return value
  }

  /** As `integer`, or null. */
  optionalInteger(name: string, min: number, max: number): number | null {
    return this.#rest.get(name) === null ? this.#null(name) : this.integer(name, min, max)
  }

  bytes(name: string, minLength: number, maxLength: number): Uint8Array {
    const value = this.#take(name)
    if (!(value instanceof Uint8Array) || value.byteLength < minLength || value.byteLength > maxLength) {
      throw this.#wrong(name, `${minLength} to ${maxLength} bytes`)
    }
    return value
  }

  /** Bytes, or null. */
  optionalBytes(name: string, maxLength: number): Uint8Array | null {
    return this.#rest.get(name) === null ? this.#null(name) : this.bytes(name, 1, maxLength)
  }

  /** sha2-256, in hexadecimal, or null. */
  optionalDigest(name: string): string | null {
    return this.#rest.get(name) === null ? this.#null(name) : this.digest(name)
  }

  /** An Ed25519 peer id in its usual form. */
  peer(name: string): string {
    const value = this.text(name, MAX_PEER_ID_LENGTH)
    if (!isPeerName(value)) throw this.#wrong(name, 'an Ed25519 peer id')
    return value
  }

  /** What a member is called by people: not empty, nothing that garbles a terminal (control characters, change of direction). */
  name(name: string): string {
    const value = this.text(name, MAX_NAME_LENGTH)
    if (!isPlain(value)) throw this.#wrong(name, 'a name of plain characters')
    return value
  }

  /** A map inside this one; it must have exactly the fields that `parse` takes. */
  nested<T>(name: string, parse: (fields: Fields) => T): T {
    const fields = new Fields(`${this.#operand}, ${name}`, this.#take(name))
    const parsed = parse(fields)
    fields.done()
    return parsed
  }

  /** As `nested`, or null. */
  optionalNested<T>(name: string, parse: (fields: Fields) => T): T | null {
    return this.#rest.get(name) === null ? this.#null(name) : this.nested(name, parse)
  }

  /** sha2-256, in hexadecimal. */
  digest(name: string): string {
    return toString(this.bytes(name, DIGEST_BYTES, DIGEST_BYTES), 'base16')
  }

  /** Digests one after another; at most `maxCount`. */
  digests(name: string, maxCount: number): string[] {
    const value = this.bytes(name, 0, maxCount * DIGEST_BYTES)
    if (value.byteLength % DIGEST_BYTES !== 0) throw this.#wrong(name, `a multiple of ${DIGEST_BYTES} bytes`)
    return Array.from({ length: value.byteLength / DIGEST_BYTES }, (_, i) =>
      toString(value.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES), 'base16'),
    )
  }

  list<T>(name: string, maxCount: number, item: (value: unknown, operand: string) => T): T[] {
    const value = this.#take(name)
    if (!Array.isArray(value) || value.length > maxCount) throw this.#wrong(name, `list ≤ ${maxCount}`)
    return value.map((one: unknown, i) => item(one, `${this.#operand}, ${name}[${i}]`))
  }

  done(): void {
    const [first] = this.#rest.keys()
    if (first !== undefined) throw new RefusedError('malformed', this.#operand, 'an unknown field')
  }

  #null(name: string): null {
    this.#rest.delete(name)
    return null
  }

  #take(name: string): unknown {
    const value = this.#rest.get(name)
    this.#rest.delete(name)
    return value
  }

  #wrong(name: string, expected: string): RefusedError {
    return new RefusedError('malformed', this.#operand, `${name} is not ${expected}`)
  }
}

/** Not empty, and nothing that garbles a terminal. */
export function isPlain(text: string): boolean {
  return text !== '' && !GARBLING.test(text)
}

export function textItem(maxLength: number): (value: unknown, operand: string) => string {
  return (value, operand) => {
    if (typeof value === 'string' && value.length <= maxLength) return value
    throw new RefusedError('malformed', operand, `not text ≤ ${maxLength}`)
  }
}

export function bytesItem(maxLength: number): (value: unknown, operand: string) => Uint8Array {
  return (value, operand) => {
    if (value instanceof Uint8Array && value.byteLength <= maxLength) return value
    throw new RefusedError('malformed', operand, `not bytes ≤ ${maxLength}`)
  }
}

export function digestBytes(digest: string): Uint8Array {
  return fromString(digest, 'base16')
}

export function digestsBytes(digests: readonly string[]): Uint8Array {
  return fromString(digests.join(''), 'base16')
}
