import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  accuracies,
  CLASSIFIER_ATTACKS,
  type ClassifierAttack,
} from '../../../../scripts/attacks/classifier-attacks.ts'
import { classifierSites } from '../../../../scripts/attacks/classifier-sites.ts'
import { ATTACKS, indefiniteGram } from '../../../../scripts/attacks/regression-attacks.ts'
import {
  attacked,
  mergeTerms,
  responseError,
  unexplained,
} from '../../../../scripts/attacks/regression-errors.ts'
import { regressionSites } from '../../../../scripts/attacks/regression-sites.ts'
import { isPositiveDefinite } from '../../../../src/merge/linear/symmetric-solve.ts'
import { DEFAULT_ROBUST } from '../../../../src/merge/robust/default-robust.ts'
import { limitTerms } from '../../../../src/merge/robust/robust-merge.ts'
import type { RobustSpec } from '../../../../src/merge/types.ts'

/** docs/results/attacks.md has the whole table; here are its promises, on three seeds. */
const SEEDS = ['0', '1', '2']
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

function error(robust: RobustSpec | undefined, name: string, dishonest: number): number {
  return median(
    SEEDS.map((seed) => {
      const sites = regressionSites({ sites: 10, seed })
      return responseError(sites, mergeTerms(robust, attacked(sites, ATTACKS[name]!, dishonest)), dishonest)
    }),
  )
}

describe('the default under attack, 1 of 10', () => {
  for (const name of Object.keys(ATTACKS)) {
    it(`${name}: responses stay near those of the honest`, () => {
      const limited = error(DEFAULT_ROBUST, name, 1)
      assert.ok(limited < 0.15, `error ${limited}`)
    })
  }

  it('none of this holds without it', () => {
    assert.ok(error(undefined, 'sign flip, Gram × 10⁶', 1) > 3)
    assert.ok(error(undefined, 'sign flip, W = −5 W*', 1) > 0.2)
  })

  it('three of ten that collude do less than a fifth of what they do without it', () => {
    const name = 'sign flip, Gram × 10⁶'
    assert.ok(error(DEFAULT_ROBUST, name, 3) < error(undefined, name, 3) / 5)
  })

  it('a Gram of minus the others’ is not even positive definite with its ridge', () => {
    const { terms } = regressionSites({ sites: 10, seed: '0' })
    assert.ok(!isPositiveDefinite(indefiniteGram(terms)))
  })
})

describe('the default on honest sites', () => {
  it('leaves at most a twentieth more unexplained, whatever their sizes and inputs', () => {
    for (const setting of [
      { own: 0, skew: 0, spread: 1 },
      { skew: 1 },
      { skew: 2 },
      { skew: 2, spread: 100 },
    ]) {
      const ratios = SEEDS.map((seed) => {
        const sites = regressionSites({ sites: 10, seed, ...setting })
        return unexplained(sites, mergeTerms(DEFAULT_ROBUST, sites.terms)) / unexplained(sites, mergeTerms(undefined, sites.terms)) // prettier-ignore
      })
      assert.ok(median(ratios) < 1.05, `${JSON.stringify(setting)}: ${ratios.join(' ')}`)
    }
  })

  it('touches nobody where sites are alike', () => {
    const { terms } = regressionSites({ sites: 10, seed: '0', own: 0, skew: 0, spread: 1 })
    const limited = limitTerms(DEFAULT_ROBUST, terms)
    assert.ok(
      limited.every(({ gram, weight }, i) => gram === terms[i]!.gram && weight === terms[i]!.weight),
      'a Gram or a weight was changed',
    )
  })
})

describe('classifiers under attack', () => {
  const worlds = (concentration: number) => SEEDS.map((seed) => classifierSites(10, concentration, seed))
  /** Median accuracies without any defence and under the default. */
  const scores = (
    concentration: number,
    rule: 'analytic' | 'counts',
    dishonest = 0,
    attack?: ClassifierAttack,
  ) => {
    const pairs = worlds(concentration).map((world) => accuracies(world, rule, [undefined, DEFAULT_ROBUST], dishonest, attack)) // prettier-ignore
    return [median(pairs.map(([none]) => none!)), median(pairs.map(([, limited]) => limited!))] as const
  }

  for (const rule of ['analytic', 'counts'] as const) {
    it(`${rule}: sites that hold few classes lose little`, () => {
      // One or two classes a site make this rule erratic with or without limits: ±0.05 between sets of seeds.
      for (const [concentration, most] of [
        [0.1, 0.05],
        [0.5, 0.02],
      ] as const) {
        const [none, limited] = scores(concentration, rule)
        assert.ok(limited > none - most, `Dirichlet ${concentration}: ${none} became ${limited}`)
      }
    })
  }

  for (const [rule, name] of [
    ['analytic', 'labels flipped, count × 1000 and statistics with it'],
    ['analytic', 'labels flipped, features × 30'],
    ['counts', 'labels flipped, counts × 1000'],
    ['counts', 'sign flip, rows × −5, counts × 1000'],
  ] as const) {
    it(`${rule}, ${name}: one of ten no longer decides`, () => {
      const [none, limited] = scores(0.5, rule, 1, CLASSIFIER_ATTACKS[rule][name])
      assert.ok(none < 0.4, `without defence ${none}`)
      assert.ok(limited > 0.7, `under the default ${limited}`)
    })
  }
})
