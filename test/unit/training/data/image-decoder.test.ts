import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import sharp from 'sharp'
import type { Sharp } from 'sharp'
import { decodeBitmap } from '../../../../src/training/data/image/bitmap.ts'
import { encodeSamples } from '../../../../src/training/data/encode-samples.ts'
import type { EncodedSample } from '../../../../src/training/data/encode-samples.ts'
import type { RawSample } from '../../../../src/training/data/samples.ts'
import { imageDecoder } from '../../../../src/training/data/image/image-decoder.ts'
import type { ImageDecoder } from '../../../../src/training/data/image/image-decoder.ts'

let dir: string
let decode: ImageDecoder
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peermerge-images-'))
  decode = await imageDecoder()
})
after(() => rm(dir, { recursive: true, force: true }))

/** A picture of one colour in the given form. */
async function flat(name: string, form: (image: Sharp) => Sharp, alpha = 1): Promise<string> {
  const background = { r: 200, g: 90, b: 30, alpha }
  const file = join(dir, name)
  await form(sharp({ create: { width: 20, height: 12, channels: alpha < 1 ? 4 : 3, background } })).toFile(
    file,
  )
  return file
}

function assertColour(
  pixels: Uint8Array,
  [r, g, b]: [number, number, number],
  tolerance: number,
  what: string,
): void {
  assert.equal(pixels.length, 8 * 8 * 3, what)
  for (let i = 0; i < pixels.length; i += 3) {
    const off = Math.max(Math.abs(pixels[i]! - r), Math.abs(pixels[i + 1]! - g), Math.abs(pixels[i + 2]! - b))
    assert.ok(off <= tolerance, `${what}: ${pixels.slice(i, i + 3).join()} is not ${[r, g, b].join()}`)
  }
}

describe('imageDecoder', () => {
  // libvips rounds where each pixel lies, which shows at hard edges; the bilinear and Mitchell kernels are off by 2 on average.
  it('resizes like Pillow', async () => {
    const fixtures = join(import.meta.dirname, '../../../fixtures')
    const { cases } = JSON.parse(await readFile(join(fixtures, 'resize.json'), 'utf8')) as {
      cases: { side: number; pixels: number[] }[]
    }
    for (const { side, pixels } of cases) {
      const decoded = await decode(join(fixtures, 'resize.png'), side)
      const errors = pixels.map((value, i) => Math.abs(value - decoded[i]!))
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
      assert.equal(decoded.length, pixels.length)
      assert.ok(Math.max(...errors) <= 16 && mean < 0.55, `off by ${Math.max(...errors)}, on average ${mean}`)
    }
  })

  it('reads every type that is listed, with and without alpha', async () => {
    const colour: [number, number, number] = [200, 90, 30]
    assertColour(await decode(await flat('a.png', (image) => image.png()), 8), colour, 0, 'png')
    assertColour(
      await decode(await flat('a.jpg', (image) => image.jpeg({ quality: 95 })), 8),
      colour,
      4,
      'jpeg',
    )
    assertColour(
      await decode(await flat('a.webp', (image) => image.webp({ lossless: true })), 8),
      colour,
      0,
      'webp',
    )
    assertColour(await decode(await flat('a.gif', (image) => image.gif()), 8), colour, 4, 'gif')
    assertColour(
      await decode(await flat('b.png', (image) => image.png(), 0.4), 8),
      colour,
      2,
      'alpha is dropped',
    )
  })

  it('turns grey, 16-bit and CMYK pictures into RGB', async () => {
    const grey = await flat('grey.png', (image) => image.greyscale().toColourspace('b-w').png())
    const [level = 0] = await decode(grey, 8)
    assert.ok(level > 60 && level < 180, `grey level ${level}`)
    assertColour(await decode(grey, 8), [level, level, level], 0, 'grey')
    const deep = await flat('deep.png', (image) => image.toColourspace('rgb16').png())
    assertColour(await decode(deep, 8), [200, 90, 30], 1, '16 bit')
    const print = await flat('print.jpg', (image) => image.toColourspace('cmyk').jpeg({ quality: 95 }))
    assert.equal((await sharp(print).metadata()).space, 'cmyk')
    assertColour(await decode(print, 8), [200, 90, 30], 30, 'CMYK') // a gamut that does not hold the colour exactly
  })

  it('turns a picture upright', async () => {
    const left = Buffer.from(
      Array.from({ length: 8 * 8 }, (_, i) => (i % 8 < 4 ? [250, 0, 0] : [0, 0, 250])).flat(),
    )
    const file = join(dir, 'turned.png')
    await sharp(left, { raw: { width: 8, height: 8, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toFile(file)
    const pixels = await decode(file, 8) // a quarter turn clockwise: what was left is on top
    assert.deepEqual([...pixels.slice(0, 3), ...pixels.slice(-3)], [250, 0, 0, 0, 0, 250])
  })

  it('reads Windows bitmaps', async () => {
    const file = join(dir, 'a.bmp')
    await writeFile(
      file,
      bitmap24(
        [
          [10, 20, 30],
          [40, 50, 60],
          [70, 80, 90],
          [100, 110, 120],
        ],
        2,
        2,
      ),
    )
    assert.deepEqual([...(await decode(file, 2))], [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
  })
})

describe('decodeBitmap', () => {
  const good = bitmap24(
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
    3,
    1,
  )

  it('refuses what is cut short, compressed, of another depth or too large', () => {
    assert.throws(() => decodeBitmap(good.subarray(0, 40), 100), /truncated/)
    assert.throws(() => decodeBitmap(good.subarray(0, good.length - 1), 100), /truncated/)
    assert.throws(() => decodeBitmap(good, 2), /3 × 1/)
    assert.throws(
      () =>
        decodeBitmap(
          edited((view) => view.setUint32(30, 1, true)),
          100,
        ),
      /compressed/,
    )
    assert.throws(
      () =>
        decodeBitmap(
          edited((view) => view.setUint16(28, 16, true)),
          100,
        ),
      /16 bits/,
    )
    assert.throws(
      () =>
        decodeBitmap(
          edited((view) => view.setInt32(18, -3, true)),
          100,
        ),
      /-3 × 1/,
    )
  })

  it('reads rows stored from the top', () => {
    const flipped = bitmap24(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      1,
      2,
    )
    new DataView(flipped.buffer).setInt32(22, -2, true)
    assert.deepEqual([...decodeBitmap(flipped, 10).rgb], [4, 5, 6, 1, 2, 3])
  })

  function edited(edit: (view: DataView) => void): Uint8Array {
    const copy = good.slice()
    edit(new DataView(copy.buffer))
    return copy
  }
})

describe('encodeSamples with images', () => {
  it('leaves out and reports what cannot be decoded, and keeps the order of the rest', async () => {
    const names = ['0.png', '1.png', '2.png', '3.png']
    const files = await Promise.all(names.map((name) => flat(`order-${name}`, (image) => image.png())))
    await writeFile(files[1]!, 'not a picture')
    const whole = await readFile(files[3]!)
    await writeFile(files[3]!, whole.subarray(0, whole.length - 20))
    const encoded = await encode([...files, join(dir, 'nowhere.png')])
    assert.deepEqual(
      encoded.map(({ sample }) => sample.label),
      [0, 1, 2, 3, 4],
    )
    const sizes = encoded.map(({ record }) => (record instanceof Uint8Array ? record.length : record.where))
    const size = 8 * 8 * 3
    assert.deepEqual(sizes, [size, files[1], size, files[3], join(dir, 'nowhere.png')])
    assert.ok(encoded.every(({ record }) => record instanceof Uint8Array || record.reason.length > 0))
  })

  it('stops when aborted', async () => {
    const file = await flat('abort.png', (image) => image.png())
    const signal = AbortSignal.abort(new Error('enough'))
    await assert.rejects(encode([file], signal), /enough/)
  })

  async function encode(files: readonly string[], signal?: AbortSignal): Promise<EncodedSample[]> {
    async function* samples(): AsyncGenerator<RawSample> {
      await Promise.resolve()
      for (const [label, file] of files.entries()) yield { source: file, label, split: 'train', where: file }
    }
    const encoded: EncodedSample[] = []
    for await (const one of encodeSamples(samples(), (file) => decode(file, 8), signal)) encoded.push(one)
    return encoded
  }
})

/** A 24-bit bitmap of pixels given row by row from the top, stored from the bottom. */
function bitmap24(pixels: [number, number, number][], width: number, height: number): Uint8Array {
  const stride = Math.ceil((width * 3) / 4) * 4
  const bytes = new Uint8Array(54 + stride * height)
  const view = new DataView(bytes.buffer)
  bytes.set([0x42, 0x4d])
  view.setUint32(10, 54, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, width, true)
  view.setInt32(22, height, true)
  view.setUint16(28, 24, true)
  for (const [i, [r, g, b]] of pixels.entries()) {
    const row = height - 1 - Math.floor(i / width)
    bytes.set([b, g, r], 54 + row * stride + (i % width) * 3)
  }
  return bytes
}
