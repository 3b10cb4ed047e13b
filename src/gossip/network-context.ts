import type { RefusedError } from './errors.ts'
import type { HolderBook } from './blocks/holder-book.ts'
import type { NetworkCounters } from './counters.ts'
import type { PeerHost } from './host/peer-host.ts'
import type { Clock } from './wire/clock.ts'
import type { NetworkEvents, NetworkInit } from './network-types.ts'

export type Emit = <K extends keyof NetworkEvents>(event: K, ...args: NetworkEvents[K]) => void

/** What all parts of one node's network share. */
export interface NetworkContext extends NetworkInit {
  readonly host: PeerHost
  readonly conduct: HolderBook
  readonly counters: NetworkCounters
  /** Aborts when the network stops; every wait hangs on it. */
  readonly signal: AbortSignal
  readonly emit: Emit
  readonly clock: Clock
}

/** A peer broke a protocol: it is avoided, scored down and reported. */
export function onViolation({ conduct, emit }: NetworkContext): (peer: string, error: RefusedError) => void {
  return (peer, error) => {
    conduct.struck(peer)
    emit('rejected', null, error.reason, peer)
  }
}
