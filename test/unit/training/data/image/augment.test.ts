import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../../../src/merge/index.ts'
import { imageAugmentation } from '../../../../../src/training/data/image/augment.ts'
import type { Augmentation } from '../../../../../src/training/types.ts'

const SIDE = 12

/** A smooth picture whose channels differ. */
const picture = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
  const [y, x, channel] = [Math.floor(i / 3 / SIDE), Math.floor(i / 3) % SIDE, i % 3]
  return 20 + 11 * x + 7 * y + 13 * channel
})

const level = (image: Uint8Array, y: number, x: number, channel: number): number =>
  image[(y * SIDE + x) * 3 + channel]!

function changed(options: Augmentation, seed: string, image = picture): Uint8Array {
  return imageAugmentation(SIDE, options, createRandom(seed))!(image).slice()
}

const seeds = Array.from({ length: 60 }, (_, i) => `seed ${i}`)

describe('imageAugmentation', () => {
  it('is none unless it is asked for', () => {
    const nothing = [{}, { flip: false }, { crop: 1, shift: 0, brightness: 0, contrast: 0 }]
    for (const options of nothing)
      assert.equal(imageAugmentation(SIDE, options, createRandom('x')), undefined)
  })

  it('gives the same bytes for the same seed and leaves the image as it is', () => {
    const options = fc.record({
      flip: fc.boolean(),
      crop: fc.double({ min: 0.1, max: 1, noNaN: true }),
      shift: fc.double({ min: 0, max: 0.5, noNaN: true }),
      brightness: fc.double({ min: 0, max: 1, noNaN: true }),
      contrast: fc.double({ min: 0.01, max: 1, noNaN: true }),
    })
    const image = fc.uint8Array({ minLength: SIDE * SIDE * 3, maxLength: SIDE * SIDE * 3 })
    fc.assert(
      fc.property(options, fc.string(), image, (options, seed, image) => {
        const before = image.slice()
        const first = changed(options, seed, image)
        assert.deepEqual(changed(options, seed, image), first)
        assert.deepEqual(image, before)
        assert.equal(first.length, image.length)
      }),
      { numRuns: 50 },
    )
    assert.notDeepEqual(changed({ crop: 0.3 }, 'a'), changed({ crop: 0.3 }, 'b'))
  })

  it('moves by whole pixels within its share, black where nothing was', () => {
    const moves = new Set<string>()
    for (const seed of seeds) {
      const image = changed({ shift: 0.25 }, seed)
      const found: string[] = []
      for (let dy = -3; dy <= 3; dy++)
        for (let dx = -3; dx <= 3; dx++) {
          const fits = picture.every((_, i) => {
            const [y, x, channel] = [Math.floor(i / 3 / SIDE), Math.floor(i / 3) % SIDE, i % 3]
            const isInside = y - dy >= 0 && y - dy < SIDE && x - dx >= 0 && x - dx < SIDE
            return image[i] === (isInside ? level(picture, y - dy, x - dx, channel) : 0)
          })
          if (fits) found.push(`${dy},${dx}`)
        }
      assert.equal(found.length, 1, seed)
      moves.add(found[0]!)
    }
    assert.ok(moves.size > 20, `${moves.size} different moves`)
  })

  it('stretches a part to the whole: a plane stays a plane, flatter by the share that was cut out', () => {
    for (const seed of seeds) {
      const image = changed({ crop: 0.25 }, seed)
      const slopeX = (level(image, 6, 8, 0) - level(image, 6, 3, 0)) / 5
      const slopeY = (level(image, 8, 6, 0) - level(image, 3, 6, 0)) / 5
      const [width, height] = [slopeX / 11, slopeY / 7]
      // levels are whole numbers: 0.2 of a level in five pixels
      assert.ok(
        width * height > 0.25 - 0.04 && width < 1.02 && height < 1.02,
        `${seed}: ${width} × ${height}`,
      )
      const aspect = width / height
      assert.ok(aspect > 0.7 && aspect < 1.45, `${seed}: aspect ${aspect}`)
      for (let x = 1; x < SIDE - 1; x++)
        assert.ok(
          Math.abs(2 * level(image, 6, x, 1) - level(image, 6, x - 1, 1) - level(image, 6, x + 1, 1)) <= 8,
          seed,
        )
    }
  })

  it('scales all levels by one factor within the brightness', () => {
    const factors = seeds.map((seed) => {
      const image = changed({ brightness: 0.3 }, seed)
      const factor = level(image, 5, 5, 0) / level(picture, 5, 5, 0)
      assert.ok(factor > 0.69 && factor < 1.31, `${seed}: ${factor}`)
      for (const [i, before] of picture.entries())
        assert.ok(
          Math.abs(image[i]! - Math.min(before * factor, 255)) < 2,
          `${seed}: ${before} became ${image[i]!}`,
        )
      return factor
    })
    assert.ok(Math.min(...factors) < 0.8 && Math.max(...factors) > 1.2)
  })

  it('keeps the mean under a change of contrast, and scales what is around it', () => {
    const mean = (image: Uint8Array): number => image.reduce((sum, value) => sum + value, 0) / image.length
    const spread = (image: Uint8Array): number => level(image, 8, 8, 2) - level(image, 3, 3, 0)
    const factors = seeds.map((seed) => {
      const image = changed({ contrast: 0.4 }, seed)
      assert.ok(Math.abs(mean(image) - mean(picture)) < 1, seed)
      const factor = spread(image) / spread(picture)
      assert.ok(factor > 0.59 && factor < 1.41, `${seed}: ${factor}`)
      return factor
    })
    assert.ok(Math.min(...factors) < 0.75 && Math.max(...factors) > 1.15)
  })

  it('refuses options out of their range, by name', () => {
    for (const options of [
      { crop: 0 },
      { shift: 0.6 },
      { brightness: -0.1 },
      { contrast: NaN },
      { zoom: 1 },
    ]) {
      const name = Object.keys(options)[0]!
      assert.throws(() => imageAugmentation(SIDE, options, createRandom('x')), {
        code: 'ERR_TRAIN_OPTIONS',
        message: new RegExp(name),
      })
    }
  })
})
