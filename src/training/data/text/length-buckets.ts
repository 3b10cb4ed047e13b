/** Lengths that batches of texts have while nothing is known about the texts. */
export const LADDER: readonly number[] = [
  8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048,
]

/** Every length is one more compiled graph; beyond four, padding hardly falls. */
const MAX_BUCKETS = 4
/** Buckets are multiples of this, on which kernels work fastest. */
const STEP = 4

/** The least bucket that holds a text of so many tokens. @param buckets - ascending, the last one holds every text */
export function bucketOf(length: number, buckets: readonly number[]): number {
  return buckets.find((bucket) => bucket >= length) ?? buckets.at(-1)!
}

/**
 * The lengths of batches, at most `MAX_BUCKETS`, with the fewest filling tokens over all texts:
 *
 *   min over b₁ < … < b_k of Σ_texts min{bⱼ : bⱼ ≥ length}
 *
 * by dynamic programming over the histogram of lengths. Ties go to fewer, then to shorter buckets, so equal data give equal buckets.
 * Cost: k · n² for n = longest / STEP possible buckets.
 *
 * @param sets - lengths of the texts of each split @param extent - what no length and no bucket exceeds
 */
export function chooseBuckets(sets: readonly Int32Array[], extent: number): number[] {
  const { ends, texts } = histogram(sets, extent)
  if (ends.length === 0) return [extent]
  const before = [0]
  for (const count of texts) before.push(before.at(-1)! + count)
  /** Tokens of the texts in steps `from` … `to` − 1, all filled up to the end of the last one. */
  const cost = (from: number, to: number): number => (before[to]! - before[from]!) * ends[to - 1]!

  let best = ends.map((_, i) => ({ tokens: cost(0, i + 1), cuts: [i + 1] }))
  for (let k = 2; k <= MAX_BUCKETS; k++) {
    best = best.map((kept, i) => {
      let least = kept
      for (let j = 0; j < i; j++) {
        const tokens = best[j]!.tokens + cost(j + 1, i + 1)
        if (tokens < least.tokens) least = { tokens, cuts: [...best[j]!.cuts, i + 1] }
      }
      return least
    })
  }
  return best.at(-1)!.cuts.map((cut) => ends[cut - 1]!)
}

/** Possible buckets, ascending, up to the one that holds the longest text, and how many texts each is the least to hold. */
function histogram(sets: readonly Int32Array[], extent: number): { ends: number[]; texts: number[] } {
  const counts = new Map<number, number>()
  for (const lengths of sets) {
    for (const length of lengths) {
      const end = Math.min(Math.ceil(Math.max(length, 1) / STEP) * STEP, extent)
      counts.set(end, (counts.get(end) ?? 0) + 1)
    }
  }
  const ends = [...counts.keys()].sort((a, b) => a - b)
  return { ends, texts: ends.map((end) => counts.get(end)!) }
}
