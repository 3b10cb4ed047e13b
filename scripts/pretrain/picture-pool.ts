import type { Random } from '../../src/training/synthetic/random.ts'
import { CONFIG, GRID, PATCHES, PATCH_AREA, PATCH_NUMBERS } from './architecture.ts'
import type { FormulaImage, FormulaSet } from './formula/formula-set.ts'
import { TRAIT_COUNT } from './formula/traits.ts'

/** What a step is fed, besides the parameters. */
export type Batch = Record<'patches' | 'selection' | 'traits' | 'mask', Float32Array> &
  Record<'shape' | 'texture', Int32Array>

/**
 * Pictures to learn from. Drawing one costs as much as learning from it, so each batch takes a few fresh ones and finds the
 * rest among those drawn before; the oldest leave when the pool is full.
 */
export class PicturePool {
  readonly #set: FormulaSet
  readonly #random: Random
  readonly #capacity: number
  readonly #pictures: FormulaImage[] = []
  #drawn = 0
  #scale: { readonly mean: Float64Array; readonly deviation: Float64Array } | undefined

  constructor(set: FormulaSet, random: Random, capacity: number) {
    this.#set = set
    this.#random = random
    this.#capacity = capacity
  }

  get drawn(): number {
    return this.#drawn
  }

  draw(count: number): void {
    for (let i = 0; i < count; i++, this.#drawn++) {
      this.#pictures[this.#drawn % this.#capacity] = this.#set.image(this.#drawn, CONFIG.image_size)
    }
    this.#scale ??= traitScale(this.#pictures)
  }

  /** A batch on a random choice of patches, the same for all its pictures; the newest `fresh` pictures are in it. */
  batch(size: number, kept: number, fresh: number): Batch {
    const chosen = Array.from({ length: size }, (_, i) => {
      const at = i < fresh ? this.#drawn - 1 - i : this.#random.below(this.#pictures.length)
      return this.#pictures[at % this.#capacity]!
    })
    const places = this.#random
      .shuffle(Uint32Array.from({ length: PATCHES }, (_, i) => i))
      .slice(0, kept)
      .sort()
    return fillBatch(chosen, places, this.#scale!)
  }
}

function traitScale(pictures: readonly FormulaImage[]): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(TRAIT_COUNT)
  const deviation = new Float64Array(TRAIT_COUNT)
  for (let trait = 0; trait < TRAIT_COUNT; trait++) {
    const values = pictures.map(({ traits }) => traits[trait]!)
    mean[trait] = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean[trait]!) ** 2, 0) / values.length
    deviation[trait] = Math.max(1e-3, Math.sqrt(variance))
  }
  return { mean, deviation }
}

function fillBatch(
  pictures: readonly FormulaImage[],
  places: Uint32Array,
  { mean, deviation }: { mean: Float64Array; deviation: Float64Array },
): Batch {
  const [size, kept] = [pictures.length, places.length]
  const batch: Batch = {
    patches: new Float32Array(size * kept * PATCH_NUMBERS),
    selection: new Float32Array(kept * PATCHES),
    traits: new Float32Array(size * TRAIT_COUNT),
    mask: new Float32Array(size * kept * PATCH_AREA),
    shape: Int32Array.from(pictures, ({ shape }) => shape),
    texture: Int32Array.from(pictures, ({ texture }) => texture),
  }
  places.forEach((place, row) => (batch.selection[row * PATCHES + place] = 1))
  pictures.forEach((picture, n) => {
    picture.traits.forEach((value, trait) => {
      const standard = (value - mean[trait]!) / deviation[trait]!
      batch.traits[n * TRAIT_COUNT + trait] = Math.min(4, Math.max(-4, standard))
    })
    places.forEach((place, row) => copyPatch(picture, place, batch, n * kept + row))
  })
  return batch
}

/** One patch of a picture, channel by channel as the patch projection reads it, and the mask under it. */
function copyPatch({ pixels, mask }: FormulaImage, place: number, batch: Batch, slot: number): void {
  const { patch_size: patch, image_size: side } = CONFIG
  const [top, left] = [Math.floor(place / GRID) * patch, (place % GRID) * patch]
  for (let y = 0, cell = 0; y < patch; y++) {
    for (let x = 0; x < patch; x++, cell++) {
      const at = (top + y) * side + left + x
      batch.mask[slot * PATCH_AREA + cell] = mask.data[at]!
      for (let channel = 0; channel < 3; channel++) {
        batch.patches[slot * PATCH_NUMBERS + channel * PATCH_AREA + cell] =
          pixels[3 * at + channel]! / 127.5 - 1
      }
    }
  }
}
