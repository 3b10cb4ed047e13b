import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  SURFACE_CLASSES,
  SURFACE_SITES,
  surfaceSite,
} from '../../../../src/training/synthetic/surface/index.ts'
import { countsOfMix } from '../../../../src/training/synthetic/surface/surface-site.ts'

const digest = (site: number, seed: string): string => {
  const hash = createHash('sha256')
  for (const image of surfaceSite(site, { seed, count: 11, size: 64 })) {
    hash.update(image.className).update(image.pixels)
  }
  return hash.digest('hex').slice(0, 16)
}

describe('surfaceSite', () => {
  it('makes the pictures that it always made', () => {
    const digests = SURFACE_SITES.map((site, index) => [site.name, digest(index, 'pinned')])
    assert.deepEqual(Object.fromEntries(digests), {
      'steel-mill': 'e403467852d19f7c',
      sawmill: '4d732002739a844b',
      'weaving-mill': '5b8b4fa2e60afd4c',
      foundry: '708d48c791f4b216',
    })
  })

  it('makes other pictures from another seed', () => {
    assert.notEqual(digest(2, 'pinned'), digest(2, 'other'))
  })

  it('gives every picture the size asked for and uses the range of bytes', () => {
    for (const [index, site] of SURFACE_SITES.entries()) {
      for (const image of surfaceSite(index, { seed: 'range', count: 13, size: 40 })) {
        assert.equal(image.pixels.length, 40 * 40 * 3, site.name)
        assert.deepEqual([image.width, image.height], [40, 40], site.name)
        const mean = image.pixels.reduce((sum, value) => sum + value, 0) / image.pixels.length
        assert.ok(mean > 40 && mean < 215, `${site.name}/${image.className}: mean level ${mean}`)
        const spread = Math.sqrt(
          image.pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.pixels.length,
        )
        assert.ok(spread > 6, `${site.name}/${image.className}: spread ${spread}`)
      }
    }
  })

  it('holds exactly the declared mix', () => {
    for (const [index, site] of SURFACE_SITES.entries()) {
      const counts = new Map<string, number>()
      for (const { className } of surfaceSite(index, { seed: 'mix', count: 37, size: 8 })) {
        counts.set(className, (counts.get(className) ?? 0) + 1)
      }
      const expected = countsOfMix(site.mix, 37)
      assert.deepEqual(
        SURFACE_CLASSES.map((name) => counts.get(name) ?? 0),
        expected,
        site.name,
      )
    }
  })

  it('keeps a picture when more are asked for', () => {
    const few = [...surfaceSite(1, { seed: 'grow', count: 10, size: 16 })]
    const many = [...surfaceSite(1, { seed: 'grow', count: 30, size: 16 })]
    const known = new Set(many.map((image) => Buffer.from(image.pixels).toString('base64')))
    for (const image of few) assert.ok(known.has(Buffer.from(image.pixels).toString('base64')))
  })

  it('never makes the same picture twice', () => {
    const good = [...surfaceSite(0, { seed: 'defect', count: 20, size: 32 })]
    assert.equal(new Set(good.map((image) => Buffer.from(image.pixels).toString('base64'))).size, 20)
  })

  it('refuses a site that is not there and a count or size that is none', () => {
    const draw = (site: number, count: number, size: number) => () => {
      for (const image of surfaceSite(site, { seed: 's', count, size })) assert.ok(image)
    }
    assert.throws(draw(4, 3, 8), { code: 'ERR_NO_SUCH_SITE' })
    assert.throws(draw(0, 2.5, 8), { code: 'ERR_BAD_OPTION' })
    assert.throws(draw(0, 3, 0), { code: 'ERR_BAD_OPTION' })
  })
})

describe('the sites together', () => {
  it('have shares that add up to one, and every class at two sites or more', () => {
    for (const site of SURFACE_SITES) {
      assert.equal(site.mix.length, SURFACE_CLASSES.length, site.name)
      assert.ok(Math.abs(site.mix.reduce((sum, share) => sum + share, 0) - 1) < 1e-9, site.name)
    }
    for (const [row, name] of SURFACE_CLASSES.entries()) {
      assert.ok(SURFACE_SITES.filter((site) => site.mix[row]! > 0).length >= 2, name)
    }
  })

  it('each lack some class', () => {
    for (const site of SURFACE_SITES) assert.ok(site.mix.includes(0), site.name)
  })
})

describe('countsOfMix', () => {
  it('rounds by largest remainder and keeps the sum', () => {
    assert.deepEqual(countsOfMix([0.5, 0.3, 0.2], 7), [4, 2, 1])
    assert.deepEqual(countsOfMix([0.1, 0.45, 0, 0.45], 20), [2, 9, 0, 9])
  })
})
