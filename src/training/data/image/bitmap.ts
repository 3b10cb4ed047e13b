export interface Bitmap {
  readonly width: number
  readonly height: number
  /** Interleaved, top row first. */
  readonly rgb: Uint8Array
}

/** Offsets of the fields of a BMP file and its BITMAPINFOHEADER, which libvips as shipped with sharp does not read. */
const DATA_OFFSET = 10
const HEADER_SIZE = 14
const WIDTH = 18
const HEIGHT = 22
const BITS = 28
const COMPRESSION = 30
const FILE_HEADER_BYTES = 14
const MIN_BYTES = 54
const UNCOMPRESSED = new Set([0, 3]) // BI_RGB, and BI_BITFIELDS which writers use for plain BGRA

export function isBitmap(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x42 && bytes[1] === 0x4d // "BM"
}

/**
 * Decodes an uncompressed Windows bitmap of 8 (palette), 24 or 32 bits a pixel.
 *
 * @throws Error - truncated, compressed, of another depth, or larger than `maxPixels`
 */
export function decodeBitmap(bytes: Uint8Array, maxPixels: number): Bitmap {
  if (bytes.length < MIN_BYTES) throw new Error('truncated bitmap')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const width = view.getInt32(WIDTH, true)
  const signedHeight = view.getInt32(HEIGHT, true) // negative: top row first
  const height = Math.abs(signedHeight)
  const bits = view.getUint16(BITS, true)
  if (width <= 0 || height === 0 || width * height > maxPixels)
    throw new Error(`bitmap of ${width} × ${height}`)
  if (!UNCOMPRESSED.has(view.getUint32(COMPRESSION, true))) throw new Error('compressed bitmap')
  if (bits !== 8 && bits !== 24 && bits !== 32) throw new Error(`bitmap of ${bits} bits a pixel`)

  const start = view.getUint32(DATA_OFFSET, true)
  const stride = Math.ceil((width * bits) / 32) * 4
  if (start + stride * height > bytes.length) throw new Error('truncated bitmap')

  const palette = FILE_HEADER_BYTES + view.getUint32(HEADER_SIZE, true)
  const rgb = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const row = start + stride * (signedHeight > 0 ? height - 1 - y : y)
    for (let x = 0; x < width; x++) {
      const at = bits === 8 ? palette + 4 * bytes[row + x]! : row + (x * bits) / 8
      const out = (y * width + x) * 3
      rgb[out] = bytes[at + 2]! // stored as blue, green, red
      rgb[out + 1] = bytes[at + 1]!
      rgb[out + 2] = bytes[at]!
    }
  }
  return { width, height, rgb }
}
