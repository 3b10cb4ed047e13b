const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** The bytes of 16-, 32- or 64-bit words in little-endian order; on little-endian machines without a copy. */
export function littleEndianBytes(words: Float32Array | Float64Array | Uint16Array): Uint8Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  return IS_LITTLE_ENDIAN ? bytes : swapped(bytes, words.BYTES_PER_ELEMENT)
}

export function float32FromBytes(bytes: Uint8Array): Float32Array {
  const own = aligned(bytes, 4)
  return new Float32Array(own.buffer, own.byteOffset, own.byteLength / 4)
}

export function float64FromBytes(bytes: Uint8Array): Float64Array {
  const own = aligned(bytes, 8)
  return new Float64Array(own.buffer, own.byteOffset, own.byteLength / 8)
}

export function uint16FromBytes(bytes: Uint8Array): Uint16Array {
  const own = aligned(bytes, 2)
  return new Uint16Array(own.buffer, own.byteOffset, own.byteLength / 2)
}

/** Native byte order at an address that typed arrays accept; copies only where one of the two is not so already. */
function aligned(bytes: Uint8Array, width: number): Uint8Array {
  if (!IS_LITTLE_ENDIAN) return swapped(bytes, width)
  return bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes)
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(bytes.length)
  for (let start = 0; start < bytes.length; start += width) {
    for (let i = 0; i < width; i++) result[start + i] = bytes[start + width - 1 - i]!
  }
  return result
}
