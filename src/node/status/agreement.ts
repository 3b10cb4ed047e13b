import type { MergeReceipt } from '../../gossip/index.ts'

/** What this node holds, as far as it is compared with others. */
export interface OwnHolding {
  readonly merge: string | null
  readonly cut: string | null
  readonly charter: string
  readonly kernel: number
  readonly ledger: string | null
  /** Numbers of the contributions that count here, by author. */
  readonly numbers: ReadonlyMap<string, readonly number[]>
}

/** Contributions of one author that a node has and another lacks. */
export interface Lacking {
  readonly peer: string
  /** Those that are known by number, ascending. */
  readonly numbers: readonly number[]
}

/** An author of whom another node has newer contributions: up to this number, while here the newest is `here` (0 for none). */
export interface Newer {
  readonly peer: string
  readonly upTo: number
  readonly here: number
}

export type AgreementState =
  /** Same cut, same digest. */
  | 'agrees'
  /** Neither has merged anything. */
  | 'no-merge'
  /** It lacks what this node has. */
  | 'behind'
  /** It has what this node lacks. */
  | 'ahead'
  /** Both of it. */
  | 'diverged'
  /** It holds as much, and its merge is another one: one of the two has yet to merge. */
  | 'merging'
  /** Same cut, another digest: one of the two machines or programs computes wrongly. */
  | 'contradicts'
  | 'other-charter'
  | 'other-kernel'
  | 'other-ledger'
  /** No receipt of it is known. */
  | 'unknown'

export interface Agreement {
  readonly state: AgreementState
  /** Digest of its merge, as it said. */
  readonly merge: string | null
  readonly lacks: readonly Lacking[]
  readonly hereLacks: readonly Newer[]
}

type Told = Pick<MergeReceipt, 'merge' | 'cut' | 'charter' | 'kernel' | 'ledger' | 'newest'>

/** How numbers in a receipt name their author, and whether it named all that it has. */
export interface Naming {
  readonly tagOf: (peer: string) => string
  /** A receipt with this many authors may have left out some. */
  readonly maxNumbers: number
}

/** Compares what another node said of itself with what this node holds. */
export function agreementWith(mine: OwnHolding, theirs: Told | undefined, naming: Naming): Agreement {
  if (theirs === undefined) return { state: 'unknown', merge: null, lacks: [], hereLacks: [] }
  const lacks = lackedThere(mine, theirs, naming)
  const hereLacks = lackedHere(mine, theirs, naming)
  return { state: stateOf(mine, theirs, lacks.length > 0, hereLacks.length > 0), merge: theirs.merge, lacks, hereLacks } // prettier-ignore
}

function stateOf(mine: OwnHolding, theirs: Told, lacks: boolean, hereLacks: boolean): AgreementState {
  if (theirs.charter !== mine.charter) return 'other-charter'
  if (theirs.kernel !== mine.kernel) return 'other-kernel'
  if (mine.cut !== null && theirs.cut === mine.cut)
    return theirs.merge === mine.merge ? 'agrees' : 'contradicts'
  if (lacks || hereLacks) return lacks && hereLacks ? 'diverged' : lacks ? 'behind' : 'ahead'
  if (theirs.ledger !== mine.ledger) return 'other-ledger'
  return mine.merge === null && theirs.merge === null ? 'no-merge' : 'merging'
}

function lackedThere({ numbers }: OwnHolding, theirs: Told, { tagOf, maxNumbers }: Naming): Lacking[] {
  const isWhole = theirs.newest.size < maxNumbers
  return [...numbers].flatMap(([peer, held]) => {
    const newest = theirs.newest.get(tagOf(peer)) ?? (isWhole ? 0 : Infinity)
    const lacking = held.filter((number) => number > newest).sort((a, b) => a - b)
    return lacking.length === 0 ? [] : [{ peer, numbers: lacking }]
  })
}

/** Of authors that this node knows; of others it has not even the name. */
function lackedHere({ numbers }: OwnHolding, theirs: Told, { tagOf }: Naming): Newer[] {
  return [...numbers].flatMap(([peer, held]) => {
    const here = Math.max(0, ...held)
    const upTo = theirs.newest.get(tagOf(peer)) ?? 0
    return upTo > here ? [{ peer, upTo, here }] : []
  })
}
