import { KERNEL_VERSION } from '../constants.ts'
import { PeermergeError } from '../../errors.ts'
import type { MergeContext } from '../merge-result.ts'
import type { ContributionHeader, MergeResult } from '../types.ts'
import { compareCodeUnits } from '../units/canonical-order.ts'
import { groupBy } from '../units/group-by.ts'

/** What a cut and its merge are called. */
export interface MergeName {
  readonly cut: string
  readonly merge: string
}

/**
 * The claim that `after` is the merge of `before` without any contribution of the peers removed. Who holds the files that are left
 * merges them, under the charter and kernel named, and compares the digests: a merge that never had them is the very same.
 */
export interface RemovalReceipt {
  readonly v: 1
  readonly kernel: number
  readonly charter: string
  readonly removed: readonly { readonly peer: string; readonly contributions: readonly string[] }[]
  readonly before: MergeName
  readonly after: MergeName
}

interface Removed {
  readonly id: string
  readonly header: Pick<ContributionHeader, 'peer'>
}

/**
 * Plain data, peers and ids ascending.
 *
 * @param contributions - those of the merge `before`, at least
 * @throws PeermergeError ERR_NO_REMOVAL - `after` has what `before` lacks, something of a removed peer is left, or nothing is removed
 */
export function removalReceipt(
  { charter }: MergeContext,
  contributions: readonly Removed[],
  before: Pick<MergeResult, 'cut' | 'digests'>,
  after: Pick<MergeResult, 'cut' | 'digests'>,
): RemovalReceipt {
  const [had, left] = [new Set(before.cut), new Set(after.cut)]
  const gone = contributions.filter(({ id }) => had.has(id) && !left.has(id))
  const peers = groupBy(gone, ({ header }) => header.peer)
  const remains = contributions.find(({ id, header }) => left.has(id) && peers.has(header.peer))
  const added = after.cut.find((id) => !had.has(id))
  if (added !== undefined) refuse(`${added} is in the merge after it, and not before`)
  if (remains !== undefined) refuse(`${remains.id} of ${remains.header.peer} is still there`)
  if (gone.length === 0) refuse('both merges are of the same contributions')
  const removed = [...peers].map(([peer, own]) => ({ peer, contributions: own.map(({ id }) => id).sort(compareCodeUnits) })) // prettier-ignore
  return {
    v: 1,
    kernel: KERNEL_VERSION,
    charter,
    removed: removed.sort((a, b) => compareCodeUnits(a.peer, b.peer)),
    before: { cut: before.digests.cut, merge: before.digests.merge },
    after: { cut: after.digests.cut, merge: after.digests.merge },
  }
}

function refuse(problem: string): never {
  throw new PeermergeError('ERR_NO_REMOVAL', `no removal: ${problem}; merge the same set without the peer`)
}
