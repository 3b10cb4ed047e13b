import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import { batches } from '../../../../src/training/data/batches.ts'
import type { ImageSet } from '../../../../src/training/data/dataset.ts'

const normalise = { rescale: 1 / 255, mean: [0.4, 0.5, 0.6] as const, std: [0.2, 0.25, 0.3] as const }

/** Five images of 2 × 2, every byte different within one. */
const images: ImageSet = {
  side: 2,
  pixels: Uint8Array.from({ length: 5 * 12 }, (_, i) => 7 * (i % 12) + 40 * Math.floor(i / 12)),
  labels: Int32Array.from([3, 1, 4, 0, 2]),
}

describe('batches', () => {
  it('lays pixels out channel by channel, normalised', () => {
    const [first] = [...batches(images, normalise, { size: 2 })]
    for (const [image, channel, y, x] of [
      [0, 0, 0, 0],
      [0, 2, 1, 0],
      [1, 1, 0, 1],
    ] as const) {
      const level = images.pixels[image * 12 + (y * 2 + x) * 3 + channel]!
      const wanted = (level / 255 - normalise.mean[channel]) / normalise.std[channel]
      const actual = first!.pixels[(image * 3 + channel) * 4 + y * 2 + x]!
      assert.ok(Math.abs(actual - wanted) < 1e-6, `image ${image} channel ${channel} at ${y}, ${x}`)
    }
  })

  it('keeps the size of the last batch and weighs its filling with 0', () => {
    const all = [...batches(images, normalise, { size: 3 })]
    assert.deepEqual(
      all.map(({ count }) => count),
      [3, 2],
    )
    assert.deepEqual([...all[1]!.weights], [1, 1, 0])
    assert.deepEqual([...all[1]!.labels], [0, 2, 0])
    assert.equal(all[1]!.pixels.length, all[0]!.pixels.length)
    assert.ok(all[1]!.pixels.slice(24).every((value) => value === 0))
  })

  it('shuffles by the generator, every image once, labels with their pixels', () => {
    const orders = [1, 1, 2].map((seed) => {
      const all = [...batches(images, normalise, { size: 2, shuffle: createRandom(`${seed}`) })]
      for (const { pixels, labels, count } of all) {
        for (let i = 0; i < count; i++) {
          const level = Math.round((pixels[i * 12]! * normalise.std[0] + normalise.mean[0]) * 255)
          assert.equal(images.labels[level / 40], labels[i])
        }
      }
      return all.flatMap(({ labels, count }) => [...labels.slice(0, count)])
    })
    assert.deepEqual(orders[0], orders[1])
    assert.notDeepEqual(orders[0], orders[2])
    assert.deepEqual(
      orders.map((order) => order.toSorted()),
      new Array(3).fill([0, 1, 2, 3, 4]),
    )
  })

  it('mirrors about half of the images left to right, and only if asked', () => {
    const flip = createRandom('flip')
    let mirrored = 0
    for (let pass = 0; pass < 40; pass++) {
      const [plain, flipped] = [{ size: 5 }, { size: 5, flip }].map(
        (options) => [...batches(images, normalise, options)][0]!.pixels,
      )
      for (let image = 0; image < 5; image++) {
        const [a, b] = [plain!, flipped!].map((pixels) => [...pixels.slice(image * 12, (image + 1) * 12)])
        const swapped = a!.map((_, i) => a![i ^ 1]!)
        if (b!.every((value, i) => value === swapped[i])) mirrored += 1
        else assert.deepEqual(b, a)
      }
    }
    assert.ok(mirrored > 70 && mirrored < 130, `${mirrored} of 200`)
  })
})
