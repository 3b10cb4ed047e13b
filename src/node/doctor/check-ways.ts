import type { Outcome, OutboundFacts, ProbedAddress } from '../../gossip/index.ts'
import { canTalkTo, listed, nameOf, pathTo, shown } from './reading.ts'
import type { DoctorFacts, Finding } from './types.ts'
import { counted } from '../units.ts'

export function checkNames({ names }: DoctorFacts): Finding[] {
  if (names.length === 0) {
    return [{ check: 'names', level: 'ok', found: 'no member is known by a name', todo: null }]
  }
  return names.map(({ name, ipv4, ipv6, error }) => {
    if (error === null)
      return { check: 'names', level: 'ok', found: `${name} is ${[...ipv4, ...ipv6].join(', ')}`, todo: null }
    const todo = `correct the name in the address, or have it entered in the DNS that this machine uses`
    return { check: 'names', level: 'fail', found: `${name} cannot be resolved: ${error}`, todo }
  })
}

export function checkPorts({ ports, site }: DoctorFacts): Finding[] {
  if (site.reachable === 'no') {
    return [
      { check: 'port', level: 'ok', found: 'this site listens nowhere, as its settings say', todo: null },
    ]
  }
  return ports.map(({ address, state, detail }) => {
    const at = shown(address)
    if (state === 'listening') return { check: 'port', level: 'ok', found: `can listen on ${at}`, todo: null }
    if (state === 'in-use') {
      const todo = 'stop that process, or choose another port in config.json, field listen'
      return {
        check: 'port',
        level: 'fail',
        found: `${at} is in use by ${detail ?? 'another process'}`,
        todo,
      }
    }
    const todo = 'correct field listen of config.json; 0.0.0.0 stands for every address of this machine'
    return {
      check: 'port',
      level: 'fail',
      found: `cannot listen on ${at}: ${detail ?? 'no reason given'}`,
      todo,
    }
  })
}

const OUTCOMES: Readonly<Record<Outcome, { found: string; todo: string | null }>> = {
  answered: { found: 'answers', todo: null },
  refused: {
    found: 'refuses the connection: nothing listens there, or a firewall rejects it',
    todo: 'ask whether that node runs and on which port; if it does, a firewall stands between',
  },
  'timed-out': {
    found: 'does not answer: a firewall drops it on the way, or the machine is off',
    todo: 'have outbound TCP to it allowed here; if it is, inbound TCP is blocked there',
  },
  'no-route': {
    found: 'cannot be reached from here: no route, or a firewall on this machine forbids it',
    todo: 'check the network of this machine, its own firewall, and whether it has IPv6 where the address is one',
  },
  'name-unknown': { found: 'has a name that cannot be resolved', todo: 'see names' },
  'no-handshake': {
    found: 'takes the connection, but closed or kept silent before the handshake',
    todo: 'a different network key is the likely cause: compare network.key of both sites (one may have none); else something that is no peermerge node answers there, or a firewall that inspects traffic cuts it',
  },
  'other-peer': {
    found: 'is another peer',
    todo: 'the address belongs to somebody else now; ask the member for its address of today',
  },
  'not-admitted': {
    found: 'is the member, which does not let this site in',
    todo: 'this site is no member there: compare the charter and the member lists of both sites (peermerge members)',
  },
  failed: { found: 'cannot be dialled', todo: 'check the address' },
}

export function checkOutbound(facts: DoctorFacts): Finding[] {
  const { reach, members } = facts
  if (reach === null) return []
  const unknown = reach.unknown.map((peer): Finding => ({
    check: 'outbound',
    level: pathTo(facts, peer) === undefined ? 'warn' : 'ok',
    found: `${nameOf(facts, peer)}: no address is known`,
    todo: 'give one address of any member with peermerge doctor --peer, or enter it in config.json, field peers',
  }))
  if (members.length === 0) {
    return [{ check: 'outbound', level: 'warn', found: 'there is no other member yet', todo: 'invite one' }]
  }
  return [...reach.outbound.map((one) => outbound(facts, one)), ...unknown]
}

/** A way that fails does not matter as long as another one leads to the member. */
function outbound(facts: DoctorFacts, { peer, address, outcome, detail }: OutboundFacts): Finding {
  const { found, todo } = OUTCOMES[outcome]
  const other = outcome === 'other-peer' && detail !== null ? `, ${nameOf(facts, detail)}` : ''
  const text = `${nameOf(facts, peer)} at ${shown(address)} ${found}${other}`
  if (outcome === 'answered') return { check: 'outbound', level: 'ok', found: text, todo: null }
  if (!canTalkTo(facts, peer)) return { check: 'outbound', level: 'fail', found: text, todo }
  const how = pathTo(facts, peer) === 'relayed' ? 'through a relay' : 'in another way'
  return { check: 'outbound', level: 'warn', found: `${text}; it is reached ${how}`, todo }
}

export function checkInbound(facts: DoctorFacts): Finding[] {
  const { reach, site } = facts
  if (reach === null) return []
  if (site.reachable === 'no') {
    return [
      {
        check: 'inbound',
        level: 'ok',
        found: 'not wanted: others reach this site through relays',
        todo: null,
      },
    ]
  }
  if (reach.inbound.length === 0) {
    const todo = 'run doctor again when a member is connected'
    return [{ check: 'inbound', level: 'warn', found: 'no member is connected that could dial back', todo }]
  }
  return reach.inbound.flatMap(({ prober, probed }) => probed.map((one) => inbound(facts, prober, one)))
}

/** No failure: a site that cannot be dialled works all the same where others or relays can. */
const INBOUND: Readonly<
  Record<ProbedAddress['verdict'], { level: 'ok' | 'warn'; found: string; needsWay: boolean }>
> = {
  reachable: { level: 'ok', found: 'reachable', needsWay: false },
  refused: { level: 'warn', found: 'refused; nothing is forwarded to this machine', needsWay: true },
  'timed-out': { level: 'warn', found: 'timed out; a firewall drops it', needsWay: true },
  unreachable: { level: 'warn', found: 'not reachable', needsWay: true },
  declined: {
    level: 'warn',
    found: 'not tried; it does not dial such an address for others',
    needsWay: false,
  },
  busy: { level: 'warn', found: 'not tried; it was asked too often', needsWay: false },
}

/** What to do where nobody has tried. */
const NO_VERDICT: Readonly<Partial<Record<ProbedAddress['verdict'], string>>> = {
  declined:
    'try it from there by hand: private addresses are dialled back only where the connection comes from',
  busy: 'ask again in a minute',
}

function inbound(facts: DoctorFacts, prober: string, { address, verdict }: ProbedAddress): Finding {
  const at = `this site at ${shown(address)}, dialled by ${nameOf(facts, prober)}:`
  const { level, found, needsWay } = INBOUND[verdict]
  const todo = needsWay ? inboundTodo(facts) : (NO_VERDICT[verdict] ?? null)
  return { check: 'inbound', level, found: `${at} ${found}`, todo }
}

function inboundTodo({ reach }: DoctorFacts): string {
  const held = reach?.relays.held ?? []
  if (held.length > 0) return `none needed: others reach this site through ${counted(held.length, 'relay')}`
  return 'forward the port to this machine and announce that address, or have a member with an open port run with --relay'
}

export function checkRelay(facts: DoctorFacts): Finding[] {
  const { reach, site } = facts
  if (reach === null) return []
  const { offering, held } = reach.relays
  const names = (peers: readonly string[]): string => listed(peers.map((peer) => nameOf(facts, peer)))
  if (held.length > 0) {
    return [
      {
        check: 'relay',
        level: 'ok',
        found: `reached through ${names(held)}; relaying: ${names(offering)}`,
        todo: null,
      },
    ]
  }
  if (site.reachable !== 'no') {
    return [
      { check: 'relay', level: 'ok', found: `no place is held; relaying: ${names(offering)}`, todo: null },
    ]
  }
  const found =
    offering.length > 0
      ? `${names(offering)} ${offering.length === 1 ? 'relays' : 'relay'}, but no place could be had`
      : 'no connected member relays'
  const todo =
    'have a member that can be dialled run with --relay (or more places: config.json, relay.maxReservations)'
  return [{ check: 'relay', level: 'fail', found, todo }]
}
