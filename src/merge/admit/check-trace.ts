import { MAX_ENERGY_PER_SAMPLE } from '../constants.ts'
import { reject } from './validation.ts'

/**
 * Share of the ridge under which a Gram must already be positive definite. The other half keeps every admitted Gram, and
 * so every sum of them, well away from singular: a merge of admitted contributions cannot fail.
 */
export const MARGIN = 0.5

/** A trace is positive and bounded by the samples behind it. */
export function checkTrace(name: string, sum: number, count: number): void {
  if (sum > 0 && sum <= count * MAX_ENERGY_PER_SAMPLE) return
  const most = count * MAX_ENERGY_PER_SAMPLE
  reject('bad-trace', `${name} has trace ${sum}, expected above 0 and at most ${most} for ${count} samples`)
}

export function indefinite(name: string): never {
  return reject('indefinite-gram', `${name} is not positive definite with half of its ridge`)
}
