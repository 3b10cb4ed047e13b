import type { OutboundFacts } from '../../gossip/index.ts'
import { canTalkTo, endpointIn, type Endpoint } from './reading.ts'
import type { DoctorFacts, MissingRule } from './types.ts'

/**
 * The one rule that lets this site work, or null. Whoever can talk to all members needs none. Before anything else a way
 * out is needed; a way in only where a member can neither be dialled nor be met at a relay.
 */
export function missingRule(facts: DoctorFacts): MissingRule | null {
  const { reach } = facts
  if (reach === null) return null
  const apart = facts.members.filter(({ id }) => !canTalkTo(facts, id)).map(({ id }) => id)
  if (apart.length === 0) return null
  const blocked = reach.outbound.filter(({ peer, outcome }) => apart.includes(peer) && BLOCKED.has(outcome))
  const way = blocked.find((one) => !isOpenElsewhere(facts, one))
  if (way !== undefined) return outboundRule(facts, endpointIn(way.address)!)
  const cannotBeDialled = apart.some((peer) => reach.outbound.every((one) => one.peer !== peer))
  return cannotBeDialled && reach.relays.held.length === 0 ? inboundRule(facts) : null
}

const BLOCKED: ReadonlySet<OutboundFacts['outcome']> = new Set(['timed-out', 'no-route'])

/** Where another member answers on the same port, this site's firewall lets that port out; the other's blocks it. */
function isOpenElsewhere({ reach }: DoctorFacts, { address }: OutboundFacts): boolean {
  const port = endpointIn(address)?.port
  const passed = (reach?.outbound ?? []).filter(({ outcome }) => PASSED.has(outcome))
  return passed.some((one) => endpointIn(one.address)?.port === port)
}

const PASSED: ReadonlySet<OutboundFacts['outcome']> = new Set([
  'answered',
  'not-admitted',
  'other-peer',
  'no-handshake',
])

function outboundRule({ names }: DoctorFacts, { host, port }: Endpoint): MissingRule {
  const known = names.find(({ name }) => name === host)
  const ips = known === undefined ? [] : [...known.ipv4, ...known.ipv6]
  const target = ips.length === 0 ? host : `${host} (${ips.join(', ')})`
  return {
    direction: 'outbound',
    host,
    port,
    text: `allow outbound TCP from this machine to ${target} port ${port}`,
  }
}

function inboundRule({ reach, site, ports }: DoctorFacts): MissingRule | null {
  const failed = (reach?.inbound ?? []).flatMap(({ probed }) => probed)
  const isReachable = failed.some(({ verdict }) => verdict === 'reachable')
  if (isReachable || failed.length === 0 || site.reachable === 'no') return null
  const inside = ports.map(({ address }) => endpointIn(address)).find((one) => one !== undefined)
  const outside = site.announce.map((one) => endpointIn(one)).find((one) => one !== undefined) ?? inside
  if (inside === undefined || outside === undefined) return null
  const to = `to this machine, port ${inside.port}`
  const text = `forward inbound TCP ${outside.port}${site.announce.length > 0 ? ` of ${outside.host}` : ''} ${to}`
  return { direction: 'inbound', host: null, port: outside.port, text }
}
