import { PeermergeError } from '../errors.ts'

/** Whether others can dial a site: it finds out, it is sure, or it listens nowhere and is reached through members that relay. */
export const REACHABLE = ['auto', 'yes', 'no'] as const
export type Reachable = (typeof REACHABLE)[number]

/** Addresses that a site may announce: as many as it tells of itself. */
export const MAX_ANNOUNCED = 8

export interface SiteReach {
  readonly reachable?: Reachable | undefined
  readonly relay?: boolean | undefined
  readonly announce?: readonly string[] | undefined
}

/** @throws PeermergeError ERR_OPTIONS - wishes that contradict each other */
export function assertReach({ reachable, relay = false, announce = [] }: SiteReach): void {
  if (announce.length > MAX_ANNOUNCED) {
    throw new PeermergeError('ERR_OPTIONS', `announce: ${announce.length} addresses, expected at most ${MAX_ANNOUNCED}`) // prettier-ignore
  }
  if (reachable !== 'no') return
  const listens = 'a site with reachable "no" listens nowhere'
  if (relay) {
    const advice = 'leave out --relay (run: --no-relay), or --reachable no where others can dial this site'
    throw new PeermergeError('ERR_OPTIONS', `relay: ${listens}, so it cannot relay for others; ${advice}`)
  }
  if (announce.length > 0) {
    const advice = 'leave out one of --announce and --reachable no'
    throw new PeermergeError('ERR_OPTIONS', `announce ${announce.join(', ')}: ${listens}; ${advice}`)
  }
}
