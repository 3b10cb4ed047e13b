import type { AdmissionControl, DeskLedger, Identity } from '../../gossip/index.ts'
import type { Charter } from '../charter.ts'
import type { IssuedTickets } from './issued-tickets.ts'
import type { KnownPlaces } from './ticket-addresses.ts'

/** A site as the membership commands see it, whether its node runs or not. */
export interface MembershipSite {
  readonly identity: Identity
  /** Digest of the founding charter. */
  readonly consortium: string
  readonly founding: Charter
  readonly ledger: DeskLedger
  readonly requests: AdmissionControl
  /** Those that this site has made. */
  readonly tickets: IssuedTickets
  /** 32 bytes, if the network has a key. */
  readonly networkKey: Uint8Array | null
  /** The charter in force. */
  charter(): Charter
  /** Where this site and others may be found. */
  places(): KnownPlaces
  /** Highest sequence number seen of a peer; 0 for none. */
  highestSequence(peer: string): number
  /** Contributions of a peer that have been admitted. */
  contributed(peer: string): number
  /** Admitted contributions to a task. */
  contributedTo(taskId: string): number
  /** Undefined where no node runs. */
  connected(): ReadonlySet<string> | undefined
  /** ISO 8601; null for never. */
  lastSeen(peer: string): string | null
  /** Milliseconds since 1970. */
  now(): number
}

export interface Invitation {
  /** One line, to be pasted. */
  readonly ticket: string
  readonly fingerprint: string
  /** ISO 8601. */
  readonly expires: string
  readonly uses: number
  readonly addresses: readonly string[]
  /** It carries the network key: whoever sees it can knock at every member's door. */
  readonly secret: boolean
  /** Why not everybody can use it, and what to do; null if any site can that gets out to the internet. */
  readonly warning: string | null
}

export interface PersonReport {
  readonly peer: string
  readonly name: string
  readonly fingerprint: string
}

/** What has become of a vote. */
export interface VoteReport {
  readonly effective: boolean
  /** Names of who has voted for it, and how many it needs; both 0 once it is in effect. */
  readonly votes: readonly string[]
  readonly needed: number
}

export interface MemberReport extends PersonReport {
  readonly role: 'founder' | 'member' | 'former'
  readonly self: boolean
  /** False for one that says it only listens. */
  readonly contributes: boolean
  /** Name of who let it in; null for founding members. */
  readonly invitedBy: string | null
  /** Null where no node runs that could tell. */
  readonly connected: boolean | null
  /** ISO 8601; null for never. */
  readonly lastSeen: string | null
  /** Admitted contributions. */
  readonly contributed: number
  /** Of former members: whether what it contributed still counts, and who took its place. */
  readonly past?: 'keep' | 'exclude'
  readonly replacedBy?: string | null
}

export interface RequestReport extends PersonReport {
  /** The member whose lost key it asks to replace. */
  readonly replaces: string | null
  /** ISO 8601. */
  readonly at: string
  readonly ticketFingerprint: string
}

export interface ProposalReport {
  readonly type: 'remove' | 'replace' | 'amend'
  /** In one line. */
  readonly text: string
  readonly votes: readonly string[]
  readonly needed: number
}

export interface MembersReport {
  readonly consortium: string
  readonly name: string
  /** Digest of the charter in force. */
  readonly charter: string
  readonly join: 'accept' | 'ticket'
  readonly members: readonly MemberReport[]
  readonly requests: readonly RequestReport[]
  readonly votes: readonly ProposalReport[]
}
