import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { formulaSet } from '../../../../scripts/pretrain/formula/formula-set.ts'
import type { FormulaSet } from '../../../../scripts/pretrain/formula/formula-set.ts'
import { TRAIT_COUNT } from '../../../../scripts/pretrain/formula/traits.ts'

const options = { contours: 7, fractals: 5, harmonographs: 6, textures: 9 }

const digest = (set: FormulaSet): string => {
  const hash = createHash('sha256')
  for (let n = 0; n < 12; n++) hash.update(set.image(n, 64).pixels)
  return hash.digest('hex').slice(0, 16)
}

describe('formulaSet', () => {
  it('makes the pictures that it always made', () => {
    assert.equal(digest(formulaSet({ ...options, seed: 'pinned' })), '89142eb68d1b6aaf')
  })

  it('makes other formulas from another seed', () => {
    assert.notEqual(
      digest(formulaSet({ ...options, seed: 'pinned' })),
      digest(formulaSet({ ...options, seed: 'other' })),
    )
  })

  it('names a shape and a texture of its own and describes them by finite traits', () => {
    const set = formulaSet({ ...options, seed: 'labels' })
    assert.deepEqual([set.shapes, set.textures], [18, 9])
    for (let n = 0; n < 40; n++) {
      const { pixels, mask, shape, texture, traits } = set.image(n, 48)
      assert.equal(pixels.length, 48 * 48 * 3)
      assert.ok(shape >= 0 && shape < 18 && texture >= 0 && texture < 9, `picture ${n}`)
      assert.equal(traits.length, TRAIT_COUNT)
      assert.ok(traits.every(Number.isFinite), `traits of picture ${n}`)
      assert.ok(
        mask.data.every((value) => value >= 0 && value <= 1),
        `mask of picture ${n}`,
      )
    }
  })

  it('draws every family of shapes so that it can be seen', () => {
    const set = formulaSet({ ...options, seed: 'seen' })
    const covered = new Map<number, number>()
    for (let n = 0; n < 90; n++) {
      const { mask, shape } = set.image(n, 64)
      const share = mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length
      covered.set(shape, Math.max(covered.get(shape) ?? 0, share))
    }
    for (const [shape, share] of covered) assert.ok(share > 0.005 && share < 0.9, `shape ${shape}: ${share}`)
  })
})
