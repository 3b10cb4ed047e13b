import type { SiteData, SiteSummary, SplitSummary } from '../types.ts'
import { decodeImages } from './image/decode-images.ts'
import type { DecodeOptions } from './image/decode-images.ts'
import { DatasetError } from '../errors.ts'
import { countClasses } from './dataset.ts'
import type { ImageFolder, ImageSet } from './dataset.ts'
import type { ImageDecoder } from './image/image-decoder.ts'

/** A site's images in memory, by split. */
export interface LoadedSite {
  readonly train: ImageSet
  readonly heldOut: ImageSet
  readonly summary: SiteSummary
}

/**
 * Decodes a listed folder; files that cannot be decoded are left out and reported.
 *
 * @throws DatasetError ERR_NO_IMAGES - none of the training images can be decoded
 */
export async function loadSite(
  folder: ImageFolder,
  side: number,
  decode: ImageDecoder,
  options: DecodeOptions,
): Promise<LoadedSite> {
  const { data } = folder
  const train = await decodeImages(folder.train, side, decode, options)
  const heldOut = await decodeImages(folder.heldOut, side, decode, options)
  const skipped = [...folder.skipped, ...train.skipped, ...heldOut.skipped]
  if (train.images.labels.length === 0) {
    const [first] = train.skipped
    throw new DatasetError(
      'ERR_NO_IMAGES',
      data.dir,
      `no training image can be decoded; ${first?.file}: ${first?.reason}`,
    )
  }
  const warnings = [...folder.warnings, ...heldOutWarnings(data, heldOut.images)]
  return {
    train: train.images,
    heldOut: heldOut.images,
    summary: {
      dir: data.dir,
      train: summarise(train.images, data.classes.length),
      heldOut: summarise(heldOut.images, data.classes.length),
      skipped,
      warnings,
    },
  }
}

function summarise(images: ImageSet, classes: number): SplitSummary {
  return { count: images.labels.length, classCounts: countClasses(images.labels, classes) }
}

function heldOutWarnings(data: SiteData, images: ImageSet): string[] {
  if (images.labels.length > 0) return []
  return [
    `no image is held out, so nothing can be evaluated here: every class has a single image in ${data.dir}`,
  ]
}

/** All images of several sets as one, in order. */
export function joinImages(sets: readonly ImageSet[]): ImageSet {
  const [first] = sets
  if (first !== undefined && sets.length === 1) return first
  const pixels = new Uint8Array(sets.reduce((size, set) => size + set.pixels.length, 0))
  const labels = new Int32Array(sets.reduce((count, set) => count + set.labels.length, 0))
  let image = 0
  let byte = 0
  for (const set of sets) {
    pixels.set(set.pixels, byte)
    labels.set(set.labels, image)
    byte += set.pixels.length
    image += set.labels.length
  }
  return { side: first?.side ?? 0, pixels, labels }
}
