import { gramSize, gramTrace, scaleGram, type Gram } from '../linear/gram.ts'
import type { Term } from '../rules/term.ts'
import type { CountCap, RobustSpec } from '../types.ts'
import { countShares, energyShares } from './caps.ts'

/**
 * How much each contribution weighs as a whole, whatever it declares.
 *
 *   normalised   Ĝ = G · size/tr(G), weight · min(n, cap): all contributions are equally loud per sample
 *   else         weight · min(1, cap/n) · min(1, energyCap·median(e)/e), e = tr(G)/n: as they are, up to the caps
 *
 * Terms without Grams have their samples in their weight: weight · min(1, cap/n).
 * Where no cap binds, the second form leaves every term as it is, to the bit.
 */
export function capPull(
  { normalise, countCap, energyCap }: RobustSpec,
  terms: readonly Term[],
): readonly Term[] {
  if (terms.some(({ gram }) => gram === undefined)) return capCounts(countCap, terms)
  if (normalise) return capCounts(countCap, terms).map(normalised)
  const energies = terms.map(({ gram, count }) => gramTrace(gram!) / count)
  const shares = energyShares(energyCap, energies)
  return capCounts(countCap, terms).map((term, i) => ({ ...term, weight: term.weight * shares[i]! }))
}

function capCounts(cap: CountCap, terms: readonly Term[]): readonly Term[] {
  const shares = countShares(cap, terms.map(({ count }) => count)) // prettier-ignore
  return terms.map((term, i) => ({ ...term, weight: term.weight * shares[i]! }))
}

function normalised(term: Term): Term {
  return { ...term, weight: term.weight * term.count, gram: unitTrace(term.gram!) }
}

/** G · size/tr(G): mean of the diagonal 1. */
export function unitTrace(gram: Gram): Gram {
  return scaleGram(gram, gramSize(gram) / gramTrace(gram))
}
