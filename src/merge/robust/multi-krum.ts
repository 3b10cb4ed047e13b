import { denseGram, type Gram } from '../linear/gram.ts'
import { zeros } from '../linear/matrix.ts'
import type { Term } from '../rules/term.ts'
import { referenceGram } from './reference-gram.ts'
import { squaredResponse } from './response-distance.ts'

/**
 * Multi-Krum: leaves out the f contributions that are furthest from their neighbours, as they respond to the median's inputs.
 *
 *   score_i = Σ of the K − f − 2 smallest ‖(W_i − W_j) M^½‖², j ≠ i        the K − f lowest scores stay
 *
 * Needs K ≥ 2f + 3; of fewer contributions the largest f that fits is left out, none below 5. Ties: the earlier one stays.
 * Order: what stays is in canonical order. Cost: K²/2 distances of rows·size².
 *
 * @see Blanchard et al., Machine learning with adversaries, NeurIPS 2017
 */
export function multiKrum(byzantine: number, terms: readonly Term[]): readonly Term[] {
  const f = Math.min(byzantine, Math.max(0, (terms.length - 3) >> 1))
  if (f === 0) return terms
  const scores = krumScores(terms, terms.length - f - 2)
  const ranked = terms.map((_, i) => i).sort((i, j) => compare(scores[i]!, scores[j]!) || i - j)
  const kept = new Set(ranked.slice(0, terms.length - f))
  return terms.filter((_, i) => kept.has(i))
}

function krumScores(terms: readonly Term[], neighbours: number): readonly number[] {
  const metric = medianMetric(terms)
  const distances = terms.map(() => new Float64Array(terms.length))
  for (const [i, { value }] of terms.entries()) {
    for (let j = 0; j < i; j++) {
      const squared = squaredResponse(value, terms[j]!.value, metric)
      distances[i]![j] = squared
      distances[j]![i] = squared
    }
  }
  return distances.map((row, i) => {
    const nearest = row.filter((_, j) => j !== i).sort().subarray(0, neighbours) // prettier-ignore
    return nearest.reduce((sum, squared) => sum + squared, 0)
  })
}

function medianMetric(terms: readonly Term[]): Gram | undefined {
  if (terms.some(({ gram }) => gram === undefined)) return undefined
  const reference = referenceGram(terms)
  if (reference.kind === 'dense') return denseGram(reference.matrix)
  const { diagonal } = reference
  return { kind: 'factored', vectors: zeros(0, diagonal.length), values: new Float64Array(), diagonal }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
