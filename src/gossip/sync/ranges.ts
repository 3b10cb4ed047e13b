import { toString } from 'uint8arrays/to-string'
import { MAX_IDS_PER_RANGE, RANGE_BRANCHING, RANGE_FINGERPRINT_BYTES } from '../constants.ts'
import { hashSum } from './id-sum.ts'
import type { OrderedIds } from './ordered-ids.ts'

/** Above every id; as a bound it is the end of all ranges. Bounds are prefixes of ids, `''` below every id. */
export const END = 'g'

/** Ids at or above `lower` and below `upper`. */
export interface Bounds {
  readonly lower: string
  readonly upper: string
}

/** What one side says of a range. */
export type Content =
  /** Hash of its ids there, see {@link fingerprint}. */
  | { readonly kind: 'fingerprint'; readonly fingerprint: string }
  /** All its ids there, ascending; the other side answers with those that are not among them. */
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** Ids there that the other side lacks, ascending; needs no answer. */
  | { readonly kind: 'rest'; readonly ids: readonly string[] }

export type Piece = Bounds & Content

/** A piece whose lower bound is where the one before ends. */
export type Part = { readonly upper: string } & Content

/** Drawn at random by both sides for one session, so that nobody can have looked for fingerprints that collide in it. */
export type SessionNonce = Uint8Array

/** The first bytes of the hash: two different sets look alike with a chance of 2⁻⁶⁴ in one session, and anew in the next. */
export function fingerprint(set: OrderedIds, { lower, upper }: Bounds, nonce: SessionNonce): string {
  return fingerprints(set, [set.rank(lower), set.rank(upper)], nonce)[0]!
}

/** Of the ranges between consecutive ranks. */
function fingerprints(set: OrderedIds, ranks: readonly number[], nonce: SessionNonce): string[] {
  return set.sums(ranks).map((sum, i) => {
    const hash = hashSum(nonce, ranks[i + 1]! - ranks[i]!, sum)
    return toString(hash.subarray(0, RANGE_FINGERPRINT_BYTES), 'base16')
  })
}

/** Digest of a whole set, for greetings and status: 32 bytes, the same in every session. */
export function setDigest(set: OrderedIds): string {
  return toString(hashSum(new Uint8Array(0), set.size, set.sums([0, set.size])[0]!), 'base16')
}

export function idsIn(set: OrderedIds, { lower, upper }: Bounds): string[] {
  return set.slice(set.rank(lower), set.rank(upper))
}

/** The first word on a range known to differ: the ids themselves where they are few, else fingerprints of parts. */
export function describe(set: OrderedIds, { lower, upper }: Bounds, nonce: SessionNonce): Piece[] {
  const count = set.rank(upper) - set.rank(lower)
  if (count > MAX_IDS_PER_RANGE) return cut(set, { lower, upper }, nonce)
  return [{ lower, upper, kind: 'ids', ids: idsIn(set, { lower, upper }) }]
}

/** Fingerprints of parts that hold about equally many of the set's ids. */
export function cut(set: OrderedIds, { lower, upper }: Bounds, nonce: SessionNonce): Piece[] {
  const [from, to] = [set.rank(lower), set.rank(upper)]
  const count = Math.min(RANGE_BRANCHING, to - from)
  const ranks = Array.from({ length: count + 1 }, (_, i) => from + Math.floor((i * (to - from)) / count))
  const bounds = [lower, ...ranks.slice(1, -1).map((rank) => boundAt(set, rank)), upper]
  return fingerprints(set, ranks, nonce).map((hash, i) => {
    return { lower: bounds[i]!, upper: bounds[i + 1]!, kind: 'fingerprint', fingerprint: hash }
  })
}

/** A bound between the ids of ranks `rank` − 1 and `rank`. */
function boundAt(set: OrderedIds, rank: number): string {
  const [below, first] = set.slice(rank - 1, rank + 1)
  return shortestBetween(below!, first!)
}

/** The shortest prefix of `above`, in whole bytes, that is above `below`. */
function shortestBetween(below: string, above: string): string {
  let length = 2
  while (below.startsWith(above.slice(0, length))) length += 2
  return above.slice(0, length)
}
