import type { Network, PeerConnection, ToldReceipt } from '../../gossip/index.ts'
import { MAX_RECEIPT_NUMBERS, RECEIPT_CURRENT_MS, tagOf } from '../../gossip/records.ts'
import type { Charter } from '../charter.ts'
import type { Roster } from '../roster.ts'
import { memberRecords, type MemberRecord } from '../member-facts.ts'
import type { MemberAgreement, MemberConnection, MemberStatus } from './types.ts'
import type { MergeSummary, NodeStore } from '../types.ts'
import { agreementWith, type OwnHolding } from './agreement.ts'

export interface MemberSources {
  readonly charter: Charter
  readonly roster: Roster
  /** Digest of the charter in force. */
  readonly charterDigest: string
  readonly self: string
  /** Without what does not count. */
  readonly store: Pick<NodeStore, 'list' | 'get'>
  readonly network: Pick<Network, 'connections' | 'receipts'>
  readonly merge: MergeSummary | null
  /** Head of the ledger; null without one. */
  readonly ledger: string | null
  /** Milliseconds since 1970. */
  readonly wallNow: number
  lastSeen(peer: string): string | null
}

/**
 * Every member's part in this node's store and merge, and how this node stands with it, in the order of the roster; then those who
 * are members no more and whose contributions still count.
 */
export function memberStatus(sources: MemberSources): readonly MemberStatus[] {
  const { roster, store } = sources
  const present = memberRecords(roster, store)
  const gone = memberRecords({ members: roster.former ?? [] }, store).filter(({ ids }) => ids.length > 0)
  const records = [...present, ...gone]
  const cut = new Set(sources.merge?.cut)
  const connections = connectionsOf(sources.network)
  const compare = comparison(sources, present)
  return records.map((record) => {
    const connection = connections.get(record.id) ?? null
    return {
      id: record.id,
      name: record.name,
      self: record.id === sources.self,
      standing: present.includes(record) ? 'member' : 'removed',
      contributes: record.contributes,
      connected: connection !== null,
      connection,
      lastSeen: sources.lastSeen(record.id),
      adapters: record.adapters,
      statistics: record.statistics,
      generation: record.generation,
      newest: newestOf(record, sources.store),
      included: record.ids.filter((id) => cut.has(id)).length,
      agreement: compare(record.id),
    }
  })
}

/** One for each peer; a direct one where there are several. */
export function connectionsOf(network: Pick<Network, 'connections'>): ReadonlyMap<string, MemberConnection> {
  const best = new Map<string, PeerConnection>()
  for (const connection of network.connections()) {
    const known = best.get(connection.peer)
    if (known === undefined || (known.path === 'relayed' && connection.path === 'direct')) {
      best.set(connection.peer, connection)
    }
  }
  return new Map(
    [...best].map(([peer, { address, path, direction, rttMs }]) => [
      peer,
      { address, path, direction, rttMs },
    ]),
  )
}

function newestOf({ ids }: MemberRecord, store: Pick<NodeStore, 'get'>): MemberStatus['newest'] {
  const held = ids.flatMap((id) => store.get(id) ?? [])
  const newest = held.reduce<(typeof held)[number] | undefined>(
    (best, one) => (best === undefined || one.header.sequence > best.header.sequence ? one : best),
    undefined,
  )
  if (newest === undefined) return null
  const { header, receivedAt } = newest
  return { sequence: header.sequence, receivedAt: receivedAt === undefined ? null : isoTime(receivedAt) }
}

/** What this node holds, in the terms of receipts. */
export function ownHolding(sources: Omit<MemberSources, 'lastSeen' | 'network' | 'wallNow'>): OwnHolding {
  return holdingOf(sources, memberRecords(sources.roster, sources.store))
}

function holdingOf(
  { charter, charterDigest, store, merge, ledger }: Omit<MemberSources, 'lastSeen' | 'network' | 'wallNow'>,
  records: readonly MemberRecord[],
): OwnHolding {
  const numbersOf = ({ ids }: MemberRecord): number[] =>
    ids.flatMap((id) => store.get(id)?.header.sequence ?? [])
  return {
    merge: merge?.digest ?? null,
    cut: merge?.cutDigest ?? null,
    charter: charterDigest,
    kernel: charter.kernel,
    ledger,
    numbers: new Map(records.map((record) => [record.id, numbersOf(record)])),
  }
}

function comparison(
  sources: MemberSources,
  records: readonly MemberRecord[],
): (peer: string) => MemberAgreement {
  const mine = holdingOf(sources, records)
  const names = new Map(records.map(({ id, name }) => [id, name]))
  const named = <T extends { readonly peer: string }>(one: T): T & { readonly name: string } => ({
    ...one,
    name: names.get(one.peer) ?? one.peer,
  })
  const told = sources.network.receipts()
  return (peer) => {
    if (peer === sources.self) return agreesWithItself(sources)
    const heard = told.get(peer)
    const { state, merge, lacks, hereLacks } = agreementWith(mine, heard?.receipt, { tagOf, maxNumbers: MAX_RECEIPT_NUMBERS }) // prettier-ignore
    return { state, merge, ...heardWhen(heard, sources.wallNow), lacks: lacks.map(named), hereLacks: hereLacks.map(named) } // prettier-ignore
  }
}

function heardWhen(
  heard: ToldReceipt | undefined,
  wallNow: number,
): Pick<MemberAgreement, 'heardAt' | 'isCurrent'> {
  if (heard === undefined) return { heardAt: null, isCurrent: false }
  return { heardAt: isoTime(wallNow - heard.ageMs), isCurrent: heard.ageMs <= RECEIPT_CURRENT_MS }
}

function agreesWithItself({ merge, wallNow }: MemberSources): MemberAgreement {
  const state = merge === null ? 'no-merge' : 'agrees'
  return {
    state,
    merge: merge?.digest ?? null,
    heardAt: isoTime(wallNow),
    isCurrent: true,
    lacks: [],
    hereLacks: [],
  }
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString()
}
