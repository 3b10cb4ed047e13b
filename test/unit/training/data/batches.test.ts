import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../../src/merge/index.ts'
import { batches } from '../../../../src/training/data/batches.ts'
import type { Batch } from '../../../../src/training/data/batches.ts'
import { imageFormat } from '../../../../src/training/data/image/image-format.ts'
import { joinSamples } from '../../../../src/training/data/load-site.ts'
import type { SampleFormat, SampleSet } from '../../../../src/training/data/samples.ts'

const normalise = { rescale: 1 / 255, mean: [0.4, 0.5, 0.6] as const, std: [0.2, 0.25, 0.3] as const }
const format = imageFormat(2, normalise)

/** Five images of 2 × 2, every byte different within one. */
const pixels = Array.from({ length: 5 }, (_, image) =>
  Uint8Array.from({ length: 12 }, (_, i) => 7 * i + 40 * image),
)
const images: SampleSet = {
  labels: Int32Array.from([3, 1, 4, 0, 2]),
  sizes: Int32Array.from(pixels, ({ length }) => length),
  read: (index) => pixels[index]!,
}

const pixelsOf = ({ feeds }: Batch): Float32Array => feeds['pixels'] as Float32Array

describe('batches of images', () => {
  it('lays pixels out channel by channel, normalised', () => {
    const [first] = [...batches(images, format, { size: 2 })]
    for (const [image, channel, y, x] of [
      [0, 0, 0, 0],
      [0, 2, 1, 0],
      [1, 1, 0, 1],
    ] as const) {
      const level = pixels[image]![(y * 2 + x) * 3 + channel]!
      const wanted = (level / 255 - normalise.mean[channel]) / normalise.std[channel]
      const actual = pixelsOf(first!)[(image * 3 + channel) * 4 + y * 2 + x]!
      assert.ok(Math.abs(actual - wanted) < 1e-6, `image ${image} channel ${channel} at ${y}, ${x}`)
    }
  })

  it('keeps the size of the last batch and weighs its filling with 0', () => {
    const all = [...batches(images, format, { size: 3 })]
    assert.deepEqual(
      all.map(({ indices }) => indices),
      [
        [0, 1, 2],
        [3, 4],
      ],
    )
    assert.deepEqual([...all[1]!.weights], [1, 1, 0])
    assert.deepEqual([...all[1]!.labels], [0, 2, 0])
    assert.equal(pixelsOf(all[1]!).length, pixelsOf(all[0]!).length)
    assert.ok(pixelsOf(all[1]!).every((value, i) => i < 24 || value === 0))
  })

  it('shuffles by the generator, every image once, labels with their pixels', () => {
    const orders = [1, 1, 2].map((seed) => {
      const all = [...batches(images, format, { size: 2, shuffle: createRandom(`${seed}`) })]
      for (const batch of all) {
        for (const [row, index] of batch.indices.entries()) {
          const level = Math.round((pixelsOf(batch)[row * 12]! * normalise.std[0] + normalise.mean[0]) * 255)
          assert.equal(level / 40, index)
          assert.equal(batch.labels[row], images.labels[index])
        }
      }
      return all.flatMap(({ indices }) => [...indices])
    })
    assert.deepEqual(orders[0], orders[1])
    assert.notDeepEqual(orders[0], orders[2])
    assert.deepEqual(
      orders.map((order) => order.toSorted()),
      new Array(3).fill([0, 1, 2, 3, 4]),
    )
  })

  it('mirrors about half of the images, left to right and nothing else', () => {
    const plain = [...batches(images, format, { size: 1 })].map(pixelsOf)
    const augment = format.augmentation!({ flip: true }, createRandom('flip'))
    let mirrored = 0
    for (let epoch = 0; epoch < 40; epoch++) {
      for (const [i, batch] of [...batches(images, format, { size: 1, augment: () => augment })].entries()) {
        const actual = [...pixelsOf(batch)]
        const other = plain[i]!.map((_, at, all) => all[at ^ 1]!)
        if (actual.join() === [...other].join()) mirrored++
        else assert.deepEqual(actual, [...plain[i]!])
      }
    }
    assert.ok(mirrored > 70 && mirrored < 130, `${mirrored} of 200 mirrored`)
  })
})

/** Samples that take as many bytes as their extent; the feed shows which record stands in which row. */
const byLength: SampleFormat = {
  encode: () => Promise.reject(new Error('not used')),
  extentOf: (bytes) => (bytes <= 4 ? 4 : 8),
  feeds: (size, extent) => ({ bytes: new Int32Array(size * extent) }),
  write: (record, { bytes }, row, extent) => bytes!.set(record, row * extent),
}

function lengths(of: readonly number[]): SampleSet {
  const records = of.map((length, i) => new Uint8Array(length).fill(i + 1))
  return {
    labels: Int32Array.from(of.keys()),
    sizes: Int32Array.from(of),
    read: (index) => records[index]!,
  }
}

describe('batches of several extents', () => {
  it('hold one extent each, full ones as they fill, the rest together at the end', () => {
    const all = [...batches(lengths([3, 8, 4, 7, 2, 6, 1, 5]), byLength, { size: 3 })]
    assert.deepEqual(
      all.map(({ extent, indices }) => [extent, indices]),
      [
        [4, [0, 2, 4]],
        [8, [1, 3, 5]],
        [8, [6, 7]],
      ],
    )
    const rest = [...all[2]!.feeds['bytes']!]
    assert.deepEqual(rest, [7, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert.deepEqual([...all[2]!.weights], [1, 1, 0])
  })
})

describe('batches of any samples', () => {
  it('hold every sample once, in as many batches as without extents, none longer than its extent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.string(),
        (of, size, seed) => {
          const set = lengths(of)
          const all = [...batches(set, byLength, { size, shuffle: createRandom(seed) })]
          assert.equal(all.length, Math.ceil(of.length / size))
          assert.deepEqual(
            all.flatMap(({ indices }) => indices).sort((a, b) => a - b),
            [...of.keys()],
          )
          for (const { indices, extent, labels, weights, feeds } of all) {
            assert.equal(extent, Math.max(...indices.map((index) => byLength.extentOf(of[index]!))))
            assert.deepEqual([...labels.slice(0, indices.length)], indices)
            assert.deepEqual(
              [...weights],
              Array.from({ length: size }, (_, row) => (row < indices.length ? 1 : 0)),
            )
            assert.equal(feeds['bytes']!.length, size * extent)
          }
          assert.ok(all.slice(0, -1).every(({ indices }) => indices.length === size))
          const again = [...batches(set, byLength, { size, shuffle: createRandom(seed) })]
          assert.deepEqual(again, all)
        },
      ),
    )
  })
})

describe('joinSamples', () => {
  it('reads every sample of every set, empty ones among them', () => {
    const sets = [lengths([]), lengths([2, 3]), lengths([]), lengths([4]), lengths([])]
    const joined = joinSamples(sets)
    assert.deepEqual([...joined.labels], [0, 1, 0])
    assert.deepEqual(
      [0, 1, 2].map((i) => [...joined.read(i)]),
      [
        [1, 1],
        [2, 2, 2],
        [1, 1, 1, 1],
      ],
    )
    assert.deepEqual([...joined.sizes], [2, 3, 4])
  })
})
