import { MalformedError } from '../../errors.ts'
import { readExactly, type ByteSource } from './byte-source.ts'
import { MAX_SAFETENSORS_HEADER_BYTES, MAX_TENSORS } from '../constants.ts'
import { parseStrictJson, type StrictJson } from './strict-json.ts'

/** Bytes of an element; only floating-point tensors of 16 bits and more can be read as numbers, others as bytes. */
const WIDTHS = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const

export type SafetensorsType = keyof typeof WIDTHS

export interface SafetensorsEntry {
  readonly type: SafetensorsType
  readonly shape: readonly number[]
  /** Of the first byte, from the start of the file. */
  readonly offset: number
  readonly byteLength: number
}

export interface SafetensorsHeader {
  /** By name, in the order of the file's header. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>
  readonly metadata: ReadonlyMap<string, string>
}

/** Reads and checks everything but the data; throws as `openSafetensors`. */
export function readSafetensorsHeader(source: ByteSource, operand: string): SafetensorsHeader {
  const headerLength = readHeaderLength(source, operand)
  const headerBytes = readExactly(source, operand, 8, headerLength)
  const header = parseStrictJson(operand, decodeUtf8(operand, headerBytes))
  if (!(header instanceof Map)) fail(operand, 'bad-header', 'header is not a JSON object')
  const fields = header as ReadonlyMap<string, StrictJson>
  if (fields.size > MAX_TENSORS) fail(operand, 'too-many-tensors', `${fields.size}, at most ${MAX_TENSORS}`)
  const entries = new Map<string, SafetensorsEntry>()
  for (const [name, value] of fields) {
    if (name !== '__metadata__') entries.set(name, readEntry(operand, name, value, 8 + headerLength))
  }
  assertCovers(operand, entries, 8 + headerLength, source.size)
  return { entries, metadata: readMetadata(operand, fields.get('__metadata__')) }
}

function readHeaderLength(source: ByteSource, operand: string): number {
  const prefix = readExactly(source, operand, 0, 8)
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8)
  const length = view.getBigUint64(0, true)
  if (length > BigInt(MAX_SAFETENSORS_HEADER_BYTES)) {
    fail(
      operand,
      'header-too-large',
      `header of ${length.toString()} bytes, at most ${MAX_SAFETENSORS_HEADER_BYTES}`,
    )
  }
  return Number(length)
}

function decodeUtf8(operand: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return fail(operand, 'bad-json', 'header is not UTF-8')
  }
}

function readEntry(operand: string, name: string, value: StrictJson, start: number): SafetensorsEntry {
  const what = `${operand}, tensor ${JSON.stringify(name)}`
  if (!(value instanceof Map) || value.size !== 3)
    fail(what, 'bad-entry', 'expected dtype, shape, data_offsets')
  const fields = value as ReadonlyMap<string, StrictJson>
  const type = fields.get('dtype')
  if (typeof type !== 'string' || !Object.hasOwn(WIDTHS, type)) {
    return fail(
      what,
      'bad-entry',
      `dtype ${JSON.stringify(type)} is none of ${Object.keys(WIDTHS).join(', ')}`,
    )
  }
  const shape = sizes(fields.get('shape'))
  const offsets = sizes(fields.get('data_offsets'))
  if (shape === undefined || shape.length > 8)
    return fail(what, 'bad-entry', 'shape is not a list of up to 8 sizes')
  if (offsets?.length !== 2) return fail(what, 'bad-entry', 'data_offsets is not a pair of positions')
  const [begin, end] = offsets as [number, number]
  const byteLength = WIDTHS[type as SafetensorsType] * shape.reduce((product, size) => product * size, 1)
  if (!Number.isSafeInteger(byteLength) || byteLength !== end - begin) {
    return fail(what, 'bad-offsets', `shape [${shape.join(', ')}] of ${type} is not ${end - begin} bytes`)
  }
  return { type: type as SafetensorsType, shape, offset: start + begin, byteLength }
}

function sizes(value: StrictJson | undefined): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined
  const list = value as readonly StrictJson[]
  return list.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
    ? (list as readonly number[])
    : undefined
}

/** In the order of their offsets, tensors follow each other from the first byte of the data to the last of the file. */
function assertCovers(
  operand: string,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  start: number,
  size: number,
): void {
  let at = start
  const ordered = [...entries].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength)
  for (const [name, entry] of ordered) {
    if (entry.offset !== at) {
      fail(operand, 'bad-offsets', `tensor ${JSON.stringify(name)} begins at ${entry.offset}, expected ${at}`)
    }
    at += entry.byteLength
  }
  if (at > size) fail(operand, 'truncated', `ends at byte ${size}, its header says ${at}`)
  if (at < size) fail(operand, 'bad-offsets', `${size - at} bytes behind the last tensor`)
}

function readMetadata(operand: string, value: StrictJson | undefined): ReadonlyMap<string, string> {
  if (value === undefined) return new Map()
  if (!(value instanceof Map)) return fail(operand, 'bad-header', '__metadata__ is not an object')
  const metadata = value as ReadonlyMap<string, StrictJson>
  if (![...metadata.values()].every((entry) => typeof entry === 'string')) {
    fail(operand, 'bad-header', '__metadata__ holds something else than strings')
  }
  return metadata as ReadonlyMap<string, string>
}

function fail(operand: string, reason: string, problem: string): never {
  throw new MalformedError(operand, problem, { reason })
}
