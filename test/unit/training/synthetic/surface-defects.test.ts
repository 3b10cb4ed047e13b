import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../../src/training/synthetic/random.ts'
import { DEFECTS } from '../../../../src/training/synthetic/surface/classes.ts'
import { SURFACE_SITES } from '../../../../src/training/synthetic/surface/index.ts'
import { emptyRelief } from '../../../../src/training/synthetic/surface/relief.ts'

/** Shares of samples whose height and whose colour a defect changes. */
function changed(className: string, site: number, seed: string): { height: number; albedo: number } {
  const relief = emptyRelief(64)
  const random = seededRandom(seed)
  SURFACE_SITES[site]!.material(relief, random)
  const [height, albedo] = [relief.height.slice(), relief.albedo.slice()]
  DEFECTS[className]?.(relief, random)
  const share = (before: Float32Array, after: Float32Array): number =>
    after.filter((value, i) => Math.abs(value - before[i]!) > 0.02).length / after.length
  return { height: share(height, relief.height), albedo: share(albedo, relief.albedo) }
}

describe('defects', () => {
  it('change part of the surface, and a good one not at all', () => {
    for (const className of Object.keys(DEFECTS)) {
      for (const site of SURFACE_SITES.keys()) {
        for (let n = 0; n < 6; n++) {
          const { height, albedo } = changed(className, site, `${className}/${site}/${n}`)
          const most = Math.max(height, albedo)
          if (className === 'good') assert.equal(most, 0)
          else assert.ok(most > 0.004 && most < 0.6, `${className} at site ${site}, ${n}: ${most}`)
        }
      }
    }
  })

  it('a stain is colour alone, a dent relief alone', () => {
    for (const site of SURFACE_SITES.keys()) {
      assert.equal(changed('stain', site, `s${site}`).height, 0)
      assert.equal(changed('dent', site, `d${site}`).albedo, 0)
      assert.ok(changed('dent', site, `d${site}`).height > 0.05)
    }
  })

  it('look the same whatever the number of samples', () => {
    const mean = (size: number): number => {
      const relief = emptyRelief(size)
      const random = seededRandom('scale')
      SURFACE_SITES[3]!.material(relief, random)
      DEFECTS['pits']!(relief, random)
      return relief.albedo.reduce((sum, value) => sum + value, 0) / relief.albedo.length
    }
    assert.ok(Math.abs(mean(96) / mean(64) - 1) < 0.03, `${mean(96)} against ${mean(64)}`)
  })
})
