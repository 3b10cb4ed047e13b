import { availableParallelism } from 'node:os'
import type { SkippedFile } from '../../types.ts'
import type { ImageFile, ImageSet } from '../dataset.ts'
import type { ImageDecoder } from './image-decoder.ts'

export interface DecodeOptions {
  readonly signal?: AbortSignal | undefined
  /** Called after every file. */
  readonly onDecoded?: (() => void) | undefined
}

/** Decodes files, several at once, into one block of memory in their order; what cannot be decoded is left out and reported. */
export async function decodeImages(
  files: readonly ImageFile[],
  side: number,
  decode: ImageDecoder,
  { signal, onDecoded }: DecodeOptions = {},
): Promise<{ images: ImageSet; skipped: SkippedFile[] }> {
  const decoded = new Array<Uint8Array | SkippedFile>(files.length)
  const queue = files.entries()
  const work = async (): Promise<void> => {
    for (const [i, { file }] of queue) {
      signal?.throwIfAborted()
      decoded[i] = await decodeOrSkip(file, side, decode)
      onDecoded?.()
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return collect(files, side, decoded)
}

async function decodeOrSkip(
  file: string,
  side: number,
  decode: ImageDecoder,
): Promise<Uint8Array | SkippedFile> {
  try {
    return await decode(file, side)
  } catch (error) {
    return { file, reason: error instanceof Error ? error.message : String(error) }
  }
}

function collect(
  files: readonly ImageFile[],
  side: number,
  decoded: readonly (Uint8Array | SkippedFile)[],
): { images: ImageSet; skipped: SkippedFile[] } {
  const good = [...decoded.entries()].filter(
    (entry): entry is [number, Uint8Array] => entry[1] instanceof Uint8Array,
  )
  const skipped = decoded.filter((entry): entry is SkippedFile => !(entry instanceof Uint8Array))
  const size = side * side * 3
  const pixels = new Uint8Array(good.length * size)
  for (const [rank, [, image]] of good.entries()) pixels.set(image, rank * size)
  return {
    images: { side, pixels, labels: Int32Array.from(good, ([i]) => files[i]!.label) },
    skipped,
  }
}
