import { readFile } from 'node:fs/promises'
import type { Sharp } from 'sharp'
import { decodeBitmap, isBitmap } from './bitmap.ts'

/** A picture of more pixels than this is taken for a decompression bomb. */
const MAX_PIXELS = 100_000_000

/** Decodes one image, a file or what is in it, to side × side × 3 bytes, RGB interleaved. */
export type ImageDecoder = (image: string | Uint8Array, side: number) => Promise<Uint8Array>

/**
 * The decoder on sharp: upright by its EXIF orientation, first frame, alpha dropped, grey and CMYK turned to sRGB, then both
 * sides resized bicubically with antialiasing, as ViTImageProcessor does. Native code is loaded by this call, not by import.
 */
export async function imageDecoder(): Promise<ImageDecoder> {
  const { default: sharp } = await import('sharp')
  sharp.cache(false) // every file is read once

  const open = (bytes: Buffer): Sharp => {
    if (!isBitmap(bytes)) return sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS })
    const { width, height, rgb } = decodeBitmap(bytes, MAX_PIXELS)
    return sharp(rgb, { raw: { width, height, channels: 3 } })
  }

  return async (from, side) => {
    const image = open(typeof from === 'string' ? await readFile(from) : Buffer.from(from))
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .resize(side, side, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
    if (info.channels !== 3) throw new Error(`${info.channels} channels after conversion to RGB`)
    return data
  }
}
