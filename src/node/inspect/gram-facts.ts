import { ldlt, NotPositiveDefiniteError, packedLength, unpackSymmetric } from '../../merge/index.ts'

/** What can be told of a Gram: its trace, and the range of its pivots, which is that of positive numbers for a sum of squares. */
export interface GramFacts {
  readonly size: number
  readonly trace: number
  /** Of LDLᵀ without any ridge. Null for a Gram that is too large to be factored here. */
  readonly smallestPivot: number | null
  readonly largestPivot: number | null
}

/** Factoring takes size³/6 steps; this one takes a second. */
const MAX_SIZE = 1024

/** Facts of a packed lower triangle; undefined for a length that none has. */
export function gramFacts(packed: Float32Array): GramFacts | undefined {
  const size = Math.round((Math.sqrt(8 * packed.length + 1) - 1) / 2)
  if (size < 1 || packedLength(size) !== packed.length) return undefined
  let trace = 0
  for (let i = 0; i < size; i++) trace += packed[packedLength(i + 1) - 1]!
  return { size, trace, ...(size > MAX_SIZE ? { smallestPivot: null, largestPivot: null } : pivots(packed, size)) } // prettier-ignore
}

/** Up to the first that is not positive, which is then the smallest. */
function pivots(packed: Float32Array, size: number): Pick<GramFacts, 'smallestPivot' | 'largestPivot'> {
  try {
    const all = ldlt(unpackSymmetric(packed, size)).pivots
    return { smallestPivot: all.reduce((a, b) => Math.min(a, b)), largestPivot: all.reduce((a, b) => Math.max(a, b)) } // prettier-ignore
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error
    return { smallestPivot: Number(error.detail.value), largestPivot: null }
  }
}
