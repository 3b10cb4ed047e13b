// How far a merge is from what it should be.
import { combine } from '../../src/merge/rules/combine.ts'
import { matmul } from '../../src/merge/linear/matrix.ts'
import type { Term } from '../../src/merge/rules/term.ts'
import type { Matrix, MergeSpec, RobustSpec } from '../../src/merge/types.ts'
import type { Attack } from './regression-attacks.ts'
import { add, type RegressionSites } from './regression-sites.ts'

/** The merge under one defence; undefined is none. */
export function mergeTerms(robust: RobustSpec | undefined, terms: readonly Term[]): Matrix {
  return combine({ robust } as MergeSpec, terms, 'bench')
}

/** The first sites are dishonest, the others what they are. */
export function attacked(sites: RegressionSites, attack: Attack, dishonest: number): readonly Term[] {
  return sites.terms.map((term, i) => (i < dishonest ? attack(term, sites) : term))
}

/** ‖(W − R) G^½‖ / ‖R G^½‖ on all honest inputs: error of the responses against the merge R of the honest sites alone. */
export function responseError(sites: RegressionSites, merged: Matrix, dishonest: number): number {
  const reference = mergeTerms(undefined, sites.terms.slice(dishonest))
  const grams = sites.grams.slice(dishonest)
  const energy = (value: Matrix) => grams.reduce((sum, gram) => sum + response(value, gram), 0)
  return Math.sqrt(energy(add(merged, reference, -1)) / energy(reference))
}

/** ‖W − R‖ / ‖R‖: error of the weights, weak directions included. */
export function weightError(sites: RegressionSites, merged: Matrix, dishonest: number): number {
  const reference = mergeTerms(undefined, sites.terms.slice(dishonest))
  const norm = ({ data }: Matrix) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0))
  return norm(add(merged, reference, -1)) / norm(reference)
}

/** Unexplained share of all sites' own targets on their own inputs, Σ ‖(W − W*ᵢ) Gᵢ^½‖² / Σ ‖W*ᵢ Gᵢ^½‖². */
export function unexplained({ targets, grams }: RegressionSites, merged: Matrix): number {
  let [wrong, all] = [0, 0]
  targets.forEach((target, i) => {
    wrong += response(add(merged, target, -1), grams[i]!)
    all += response(target, grams[i]!)
  })
  return wrong / all
}

function response(value: Matrix, gram: Matrix): number {
  const product = matmul(value, gram)
  return product.data.reduce((sum, entry, at) => sum + entry * value.data[at]!, 0)
}
