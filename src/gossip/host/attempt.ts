import type { Frames } from '../wire/frames.ts'
import type { Knock } from './knock.ts'
import type { Protocol } from './peer-host.ts'
import type { RelayFacts } from './relay-seeker.ts'

/**
 * How far an attempt to reach a peer at one address came: no TCP connection; `no-handshake`, something answers but does not
 * speak as we do, or has another network key; `other-peer`, somebody else lives there; `not-admitted`, the peer itself, which
 * does not let us in; `answered`.
 */
export type Outcome = Exclude<Knock, 'open'> | 'no-handshake' | 'other-peer' | 'not-admitted' | 'answered'

export interface Attempt<T> {
  readonly outcome: Outcome
  /** The peer that lives there instead, or the text of the failure. */
  readonly detail?: string
  readonly answer?: T
}

/** What a host can find out about how it is connected, besides being a host. */
export interface ReachHost {
  /**
   * Opens a connection of its own to `peer`, or to whoever it is if that is empty, at one direct address, has the peer answer an exchange on it if one is given, and
   * closes it. Never rejects.
   */
  attempt<T>(
    address: string,
    peer: string,
    talk?: { readonly protocol: Protocol; readonly exchange: (frames: Frames, peer: string) => Promise<T> },
  ): Promise<Attempt<T>>
  relays(): Promise<RelayFacts>
  /** Be reached through relays from now on. */
  seekRelays(): void
  /** Name and version of the software that a connected peer runs, as it says. */
  agentOf(peer: string): Promise<string | undefined>
}
