import type { SampleFormat } from '../samples.ts'
import { imageAugmentation } from './augment.ts'
import { imageDecoder } from './image-decoder.ts'

/** How levels in 0…255 become the backbone's input: (level · rescale − mean[c]) / std[c]. */
export interface Normalisation {
  readonly rescale: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** Square images: records of side · side · 3 bytes, RGB interleaved; `pixels` (batch, 3, side, side), normalised. */
export function imageFormat(side: number, normalisation: Normalisation): SampleFormat {
  const plane = side * side
  const table = levelTable(normalisation)
  let decoder: ReturnType<typeof imageDecoder> | undefined
  const decode = async (image: string | Uint8Array): Promise<Uint8Array> =>
    (await (decoder ??= imageDecoder()))(image, side)
  return {
    encode: decode,
    encodeBytes: decode,
    extentOf: () => side,
    feeds: (size) => ({ pixels: new Float32Array(size * 3 * plane) }),
    write: (record, { pixels }, row) => {
      const out = (pixels as Float32Array).subarray(row * 3 * plane, (row + 1) * 3 * plane)
      writePixels(record, plane, table, out)
    },
    augmentation: (options, random) => imageAugmentation(side, options, random),
  }
}

/** Normalised value of each of the 256 levels, a row a channel. */
function levelTable({ rescale, mean, std }: Normalisation): Float32Array {
  const table = new Float32Array(3 * 256)
  for (let channel = 0; channel < 3; channel++) {
    for (let level = 0; level < 256; level++) {
      table[channel * 256 + level] = (level * rescale - mean[channel]!) / std[channel]!
    }
  }
  return table
}

function writePixels(record: Uint8Array, plane: number, table: Float32Array, out: Float32Array): void {
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < plane; pixel++)
      out[channel * plane + pixel] = table[channel * 256 + record[pixel * 3 + channel]!]!
  }
}
