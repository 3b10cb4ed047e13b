import { memoryProblem, memoryText } from '../memory/memory-text.ts'
import { bytes, counted } from '../units.ts'
import { listed, nameOf } from './reading.ts'
import type { DoctorFacts, Finding } from './types.ts'

export const CLOCK_WARN_MS = 30_000
export const CLOCK_FAIL_MS = 300_000
export const DISK_WARN_BYTES = 5 * 1024 ** 3
export const DISK_FAIL_BYTES = 512 * 1024 ** 2

/** Against the median of the members' clocks, so that one wrong one there accuses nobody here. */
export function checkClock({ reach }: DoctorFacts): Finding[] {
  const skews = (reach?.members ?? []).map(({ skewMs }) => skewMs).sort((a, b) => a - b)
  const median = skews[Math.floor(skews.length / 2)]
  if (median === undefined) {
    return [
      {
        check: 'clock',
        level: 'warn',
        found: 'no member has told its time',
        todo: 'run doctor when one is connected',
      },
    ]
  }
  const off = Math.abs(median)
  const found = `this clock is ${seconds(off)} ${median > 0 ? 'behind' : 'ahead of'} that of ${counted(skews.length, 'member')}`
  const todo = 'have the clock set by NTP (timedatectl set-ntp true); tickets expire by it'
  if (off > CLOCK_FAIL_MS) return [{ check: 'clock', level: 'fail', found, todo }]
  if (off > CLOCK_WARN_MS) return [{ check: 'clock', level: 'warn', found, todo }]
  return [{ check: 'clock', level: 'ok', found, todo: null }]
}

function seconds(ms: number): string {
  return ms < 1_000 ? 'less than a second' : `${Math.round(ms / 1_000)} s`
}

export function checkVersions(facts: DoctorFacts): Finding[] {
  const { reach, site } = facts
  const members = reach?.members ?? []
  const kernels = members.filter(({ kernel }) => kernel !== site.kernel)
  if (kernels.length > 0) {
    const found = `merge kernel ${site.kernel} here, another at ${listed(kernels.map((one) => `${nameOf(facts, one.peer)} (${one.kernel})`))}`
    return [
      {
        check: 'versions',
        level: 'fail',
        found,
        todo: 'all members must run the same kernel: update the older ones',
      },
    ]
  }
  const own = `peermerge/${site.version}`
  const others = members.filter(({ agent }) => agent !== null && agent !== own)
  if (others.length > 0) {
    const found = `${own} here, ${listed(others.map((one) => `${one.agent} at ${nameOf(facts, one.peer)}`))}`
    return [
      {
        check: 'versions',
        level: 'warn',
        found,
        todo: 'works while kernels are equal; update the older ones',
      },
    ]
  }
  const found = `${own}, merge kernel ${site.kernel}; the same at ${counted(members.length, 'member')} that answered`
  return [{ check: 'versions', level: 'ok', found, todo: null }]
}

export function checkAgreement(facts: DoctorFacts): Finding[] {
  const { reach, site } = facts
  const members = reach?.members ?? []
  const names = (peers: readonly { peer: string }[]): string =>
    listed(peers.map(({ peer }) => nameOf(facts, peer)))
  const charters = members.filter(({ charter }) => charter !== site.charter)
  if (charters.length > 0) {
    const todo =
      'compare charter.json of both sites; one of them has not seen an amendment, or belongs elsewhere'
    return [{ check: 'agreement', level: 'fail', found: `another charter at ${names(charters)}`, todo }]
  }
  const ledgers = members.filter(({ ledger }) => ledger !== site.ledger)
  if (ledgers.length > 0) {
    const todo = 'goes by itself within seconds; if it does not, see outbound'
    return [
      {
        check: 'agreement',
        level: 'warn',
        found: `other statements of membership at ${names(ledgers)}`,
        todo,
      },
    ]
  }
  const found = `the same charter and members at ${counted(members.length, 'member')} that answered`
  return [{ check: 'agreement', level: 'ok', found, todo: null }]
}

export function checkDisk({ freeBytes }: DoctorFacts): Finding[] {
  if (freeBytes === null) {
    return [
      {
        check: 'disk',
        level: 'warn',
        found: 'the system does not tell how much is free',
        todo: 'look yourself',
      },
    ]
  }
  const found = `${bytes(freeBytes)} free`
  const todo = 'make room on the disk of the home; contributions that do not fit are fetched later'
  if (freeBytes < DISK_FAIL_BYTES) return [{ check: 'disk', level: 'fail', found, todo }]
  if (freeBytes < DISK_WARN_BYTES) return [{ check: 'disk', level: 'warn', found, todo }]
  return [{ check: 'disk', level: 'ok', found, todo: null }]
}

export function checkMemory({ memory }: DoctorFacts): Finding[] {
  if (memory === null) return [{ check: 'memory', level: 'ok', found: 'this site has no data, and trains nothing', todo: null }] // prettier-ignore
  if ('unknown' in memory) {
    const todo = 'run the node, which says it when it starts'
    return [{ check: 'memory', level: 'warn', found: `not known: ${memory.unknown}`, todo }]
  }
  const { takes, limits } = memory
  const found = `${memoryText(takes)}${limits.free === null ? '' : `; ${bytes(limits.free)} free`}`
  const todo = memoryProblem(takes, limits) ?? null
  return [{ check: 'memory', level: todo === null ? 'ok' : 'warn', found, todo }]
}

export function checkProxy({ proxies }: DoctorFacts): Finding[] {
  if (proxies.length === 0) return [{ check: 'proxy', level: 'ok', found: 'no proxy is set', todo: null }]
  const found = `${listed(proxies)} set: peermerge speaks TCP of its own and does not go through a web proxy`
  return [
    {
      check: 'proxy',
      level: 'warn',
      found,
      todo: 'have the rule below opened beside the proxy, if there is one',
    },
  ]
}

export function checkPolicy({ site: { policy } }: DoctorFacts): Finding[] {
  const { digest, forbidden, outbox } = policy
  if (digest === null) return [{ check: 'policy', level: 'ok', found: 'no policy.json', todo: null }]
  if (forbidden.length > 0) {
    const found = `policy.json keeps at home what the charter asks for: ${listed(forbidden)}`
    const todo = 'allow it there (statistics), or stay out of this charter: peermerge policy check'
    return [{ check: 'policy', level: 'fail', found, todo }]
  }
  const found = `policy.json lets out what the charter asks for${outbox ? '; everything waits for a person' : ''}`
  return [{ check: 'policy', level: 'ok', found, todo: null }]
}
