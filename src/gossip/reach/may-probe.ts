import { isPrivateIp } from '@libp2p/utils'
import type { Outcome } from '../host/attempt.ts'
import type { Verdict } from './probe-messages.ts'

/**
 * What a member may make this node dial. `exact`: where its own connection comes from, so nothing is learnt about others;
 * `coarse`: another public host that it claims to be, of which it learns only whether it lives there; `no`: private
 * networks, which are this node's own, and anything that it does not claim before all members.
 */
export type Permission = 'exact' | 'coarse' | 'no'

export interface ProbeClaim {
  /** IP addresses behind the address: one, or those that its name has. */
  readonly ips: readonly string[]
  /** Whether the asker tells all members that it listens there. */
  readonly isClaimed: boolean
  /** IP addresses of the asker's direct connections. */
  readonly observed: readonly string[]
}

export function mayProbe({ ips, isClaimed, observed }: ProbeClaim): Permission {
  if (!isClaimed || ips.length === 0) return 'no'
  if (ips.every((ip) => observed.includes(ip))) return 'exact'
  return ips.some((ip) => isPrivateIp(ip) !== false && !observed.includes(ip)) ? 'no' : 'coarse'
}

/** What the asker is told. */
export function verdictOf(permission: Permission, outcome: Outcome): Verdict {
  if (permission === 'no') return 'declined'
  if (outcome === 'answered' || outcome === 'not-admitted') return 'reachable'
  if (permission === 'exact' && (outcome === 'refused' || outcome === 'timed-out')) return outcome
  return 'unreachable'
}
