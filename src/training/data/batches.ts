import type { Preprocessing } from '../backbone/vit/preprocessing.ts'
import type { ImageSet } from './dataset.ts'
import type { Random } from '../../merge/index.ts'

/** A batch of fixed size; where images ran out, `weights` is 0 and the pixels are zero. */
export interface Batch {
  /** (size, 3, side, side), normalised. */
  readonly pixels: Float32Array
  /** (size) */
  readonly labels: Int32Array
  /** (size): 1 for an image, 0 for filling. */
  readonly weights: Float32Array
  /** Images in it. */
  readonly count: number
}

export interface BatchOptions {
  readonly size: number
  /** Random order; without it the images come in theirs. */
  readonly shuffle?: Random | undefined
  /** Mirror half of the images left to right, by this generator. */
  readonly flip?: Random | undefined
}

/** One pass over the images in batches of one size, so that one compiled graph serves all of them. */
export function* batches(
  images: ImageSet,
  normalise: Preprocessing,
  options: BatchOptions,
): Generator<Batch> {
  const total = images.labels.length
  const order = options.shuffle?.shuffle(Int32Array.from(images.labels.keys()))
  const table = normaliseTable(normalise)
  for (let start = 0; start < total; start += options.size) {
    const batch = emptyBatch(images.side, options.size, Math.min(options.size, total - start))
    for (let i = 0; i < batch.count; i++) {
      const from = order ? order[start + i]! : start + i
      const mirrored = options.flip !== undefined && options.flip.uniform() < 0.5
      writePixels(images, from, table, mirrored, batch.pixels, i)
      batch.labels[i] = images.labels[from]!
      batch.weights[i] = 1
    }
    yield batch
  }
}

function emptyBatch(side: number, size: number, count: number): Batch {
  return {
    pixels: new Float32Array(size * 3 * side * side),
    labels: new Int32Array(size),
    weights: new Float32Array(size),
    count,
  }
}

/** Normalised value of each of the 256 levels, a row a channel. */
function normaliseTable({ rescale, mean, std }: Preprocessing): Float32Array {
  const table = new Float32Array(3 * 256)
  for (let channel = 0; channel < 3; channel++) {
    for (let level = 0; level < 256; level++) {
      table[channel * 256 + level] = (level * rescale - mean[channel]!) / std[channel]!
    }
  }
  return table
}

function writePixels(
  images: ImageSet,
  from: number,
  table: Float32Array,
  mirrored: boolean,
  out: Float32Array,
  at: number,
): void {
  const { side } = images
  const plane = side * side
  const source = from * plane * 3
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const pixel = source + (y * side + (mirrored ? side - 1 - x : x)) * 3
      for (let channel = 0; channel < 3; channel++) {
        out[(at * 3 + channel) * plane + y * side + x] =
          table[channel * 256 + images.pixels[pixel + channel]!]!
      }
    }
  }
}
