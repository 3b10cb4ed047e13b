import { answerPieces } from '../../../src/gossip/sync/answer-ranges.ts'
import { RangeWalk } from '../../../src/gossip/sync/range-walk.ts'
import type { OrderedIds } from '../../../src/gossip/sync/ordered-ids.ts'
import {
  decodeSyncReply,
  decodeSyncRequest,
  encodeSyncReply,
  encodeSyncRequest,
} from '../../../src/gossip/sync/sync-messages.ts'

export interface Outcome {
  /** Ids that the asking side learnt of, and the answering side. */
  readonly asker: ReadonlySet<string>
  readonly answerer: ReadonlySet<string>
  readonly roundTrips: number
  readonly bytes: number
}

/** The ranges of two sets, through the bytes of the protocol and nothing else. */
export function reconcileInMemory(mine: OrderedIds, theirs: OrderedIds, nonce: Uint8Array): Outcome {
  const asker = new Set<string>()
  const answerer = new Set<string>()
  const walk = new RangeWalk(mine, nonce, (id) => !mine.has(id) && asker.add(id))
  let [roundTrips, bytes] = [0, 0]
  for (let pieces = walk.ask(); pieces.length > 0; pieces = walk.ask()) {
    const request = encodeSyncRequest({ type: 'ranges', set: 'contributions', pieces })
    const asked = decodeSyncRequest(request)
    if (asked.type !== 'ranges') throw new Error(asked.type)
    const answers = answerPieces(theirs, asked.pieces, nonce, (id) => !theirs.has(id) && answerer.add(id))
    const reply = encodeSyncReply({ type: 'ranges', answers })
    const answered = decodeSyncReply(reply)
    if (answered.type !== 'ranges') throw new Error(answered.type)
    walk.take(answered.answers)
    roundTrips++
    bytes += request.byteLength + reply.byteLength
  }
  return { asker, answerer, roundTrips, bytes }
}
