// CBOR of anything, canonical or not: what no encoder writes, a stranger can.

/** Bytes put in as they are. */
export class Raw {
  readonly bytes: Uint8Array

  constructor(hexOrBytes: string | Uint8Array) {
    this.bytes = typeof hexOrBytes === 'string' ? Buffer.from(hexOrBytes, 'hex') : hexOrBytes
  }
}

/** A map with its entries in this order, repeated keys and all. */
export class Entries {
  readonly list: readonly (readonly [unknown, unknown])[]

  constructor(list: readonly (readonly [unknown, unknown])[]) {
    this.list = list
  }
}

/** Objects have their keys in canonical order; numbers as dag-cbor has them; NaN and infinities as 64-bit floats. */
export function rawCbor(value: unknown): Uint8Array {
  if (value instanceof Raw) return value.bytes
  if (value === null || value === undefined) return Uint8Array.of(0xf6)
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4)
  if (typeof value === 'number') return number(value)
  if (typeof value === 'string') return withHead(0x60, Buffer.from(value))
  if (value instanceof Uint8Array) return withHead(0x40, value)
  if (Array.isArray(value)) return Buffer.concat([head(0x80, value.length), ...value.map(rawCbor)])
  const list = value instanceof Entries ? value.list : sorted(value)
  return Buffer.concat([
    head(0xa0, list.length),
    ...list.flatMap(([key, item]) => [rawCbor(key), rawCbor(item)]),
  ])
}

function sorted(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
}

function number(value: number): Uint8Array {
  if (Number.isSafeInteger(value) && !Object.is(value, -0))
    return value >= 0 ? head(0, value) : head(0x20, -1 - value)
  const bytes = Buffer.alloc(9, 0xfb)
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function withHead(major: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([head(major, bytes.length), bytes])
}

export function head(major: number, length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(major + length)
  const wide = Buffer.alloc(9)
  wide.writeBigUInt64BE(BigInt(length), 1)
  const width = length < 256 ? 1 : length < 65_536 ? 2 : length < 2 ** 32 ? 4 : 8
  const result = wide.subarray(8 - width)
  result[0] = major + 24 + Math.log2(width)
  return result
}
