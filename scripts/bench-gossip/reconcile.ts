/**
 * Bytes that two members need to find what one of them lacks, through the messages of the protocol:
 *   npm run bench:gossip -- reconcile [--json]
 * `full list` is what telling all ids in both directions takes, as before there were ranges; `ideal` is the ids that differ.
 * Envelopes are not counted: they cross once whatever finds them.
 */
import { createHash } from 'node:crypto'
import { OrderedIds } from '../../src/gossip/sync/ordered-ids.ts'
import { createRandom } from '../../src/merge/index.ts'
import { reconcileInMemory } from '../../test/helpers/gossip/reconcile-in-memory.ts'

const ID_BYTES = 32

export interface ReconcileRow {
  readonly case: string
  readonly bytes: number
  readonly fullListBytes: number
  readonly idealBytes: number
  readonly roundTrips: number
  readonly milliseconds: number
}

interface Case {
  readonly name: string
  readonly common: number
  /** Only the asker, and only the other side, has so many more. */
  readonly mine: number
  readonly theirs: number
}

const CASES: readonly Case[] = [
  { name: '1,000 equal', common: 1_000, mine: 0, theirs: 0 },
  { name: '1,000, of which 10 missing', common: 990, mine: 0, theirs: 10 },
  { name: '1,000, of which 5 missing on each side', common: 990, mine: 5, theirs: 5 },
  { name: '1,000, of which 100 missing', common: 900, mine: 0, theirs: 100 },
  { name: '5,000, late joiner', common: 0, mine: 0, theirs: 5_000 },
  { name: '5,000 and 5,000 others', common: 0, mine: 5_000, theirs: 5_000 },
  { name: '100,000, of which 10 missing', common: 99_990, mine: 0, theirs: 10 },
]

export function benchReconcile(): ReconcileRow[] {
  return CASES.map(measure)
}

function measure({ name, common, mine, theirs }: Case): ReconcileRow {
  const [asker, answerer] = [new OrderedIds(), new OrderedIds()]
  for (const id of ids('common', common)) {
    asker.add(id)
    answerer.add(id)
  }
  for (const id of ids('mine', mine)) asker.add(id)
  for (const id of ids('theirs', theirs)) answerer.add(id)
  const random = createRandom(name)
  const nonce = Uint8Array.from({ length: 32 }, () => Math.floor(random.uniform() * 256))
  const start = performance.now()
  const outcome = reconcileInMemory(asker, answerer, nonce)
  const milliseconds = performance.now() - start
  if (outcome.asker.size !== theirs || outcome.answerer.size !== mine)
    throw new Error(`${name}: not all found`)
  return {
    case: name,
    bytes: outcome.bytes,
    fullListBytes: ID_BYTES * (asker.size + answerer.size),
    idealBytes: ID_BYTES * (mine + theirs),
    roundTrips: outcome.roundTrips,
    milliseconds: Number(milliseconds.toFixed(1)),
  }
}

function* ids(name: string, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield createHash('sha256').update(`${name} ${i}`).digest('hex')
}
