import assert from 'node:assert/strict'
import { memoryOf } from '../memory/memory-of.ts'
import { describe, test } from 'node:test'
import { diagnose, hasFailed } from '../../../../src/node/doctor/diagnosis.ts'
import { itPage, renderDiagnosis } from '../../../../src/node/doctor/render.ts'
import type { DoctorFacts, Finding } from '../../../../src/node/doctor/types.ts'
import type { OutboundFacts, ReachFacts } from '../../../../src/gossip/index.ts'

const CHARTER = 'c'.repeat(64)
const [MILL, PRESS] = ['12D3KooWMill', '12D3KooWPress']
const AT_MILL = '/ip4/203.0.113.7/tcp/4001'
const AT_PRESS = '/dns/press.example/tcp/4002'

const direct = (peer: string): ReachFacts['connections'][number] => ({
  peer,
  address: AT_MILL,
  direction: 'outbound',
  path: 'direct',
  rttMs: 3,
})
const tried = (
  peer: string,
  address: string,
  outcome: OutboundFacts['outcome'],
  detail: string | null = null,
): OutboundFacts => ({
  peer,
  address,
  outcome,
  detail,
})
const member = (
  peer: string,
  change: Partial<ReachFacts['members'][number]> = {},
): ReachFacts['members'][number] => ({
  peer,
  agent: 'peermerge/0.1.0',
  kernel: 1,
  charter: CHARTER,
  ledger: null,
  skewMs: 120,
  observed: '198.51.100.2',
  ...change,
})

const REACH: ReachFacts = {
  addresses: ['/ip4/198.51.100.2/tcp/4001'],
  connections: [direct(MILL), direct(PRESS)],
  outbound: [tried(MILL, AT_MILL, 'answered'), tried(PRESS, AT_PRESS, 'answered')],
  inbound: [{ prober: MILL, probed: [{ address: '/ip4/198.51.100.2/tcp/4001', verdict: 'reachable' }] }],
  members: [member(MILL), member(PRESS)],
  unknown: [],
  relays: { offering: [], held: [] },
}

const MEMORY = memoryOf()

function facts(change: Partial<DoctorFacts> = {}, reach: Partial<ReachFacts> = {}): DoctorFacts {
  return {
    at: '2026-11-25T12:00:00.000Z',
    isRunning: true,
    site: {
      name: 'foundry',
      peer: '12D3KooWFoundry',
      version: '0.1.0',
      kernel: 1,
      charter: CHARTER,
      ledger: null,
      reachable: 'auto',
      servesRelay: false,
      hasNetworkKey: false,
      announce: [],
      policy: { digest: null, forbidden: [], outbox: false },
      ...change.site,
    },
    members: [
      { id: MILL, name: 'mill' },
      { id: PRESS, name: 'press' },
    ],
    names: [{ name: 'press.example', ipv4: ['203.0.113.9'], ipv6: [], error: null }],
    ports: [{ address: '/ip4/0.0.0.0/tcp/4001', state: 'listening', detail: null }],
    reach: { ...REACH, ...reach },
    freeBytes: 50e9,
    memory: { takes: MEMORY, limits: { free: 8e9, limit: null } },
    proxies: [],
    ...change,
  }
}

const site = (change: Partial<DoctorFacts['site']>): Partial<DoctorFacts> => ({
  site: { ...facts().site, ...change },
})

const worst = (all: readonly Finding[], check: Finding['check']): Finding => {
  const of = all.filter((one) => one.check === check)
  return of.find(({ level }) => level === 'fail') ?? of.find(({ level }) => level === 'warn') ?? of[0]!
}

test('where everything works, every check is ok and nothing has to be opened', () => {
  const diagnosis = diagnose(facts())
  assert.deepEqual(new Set(diagnosis.findings.map(({ level }) => level)), new Set(['ok']))
  assert.equal(diagnosis.rule, null)
  assert.equal(hasFailed(diagnosis), false)
  assert.match(renderDiagnosis(diagnosis), /nothing has to be opened$/)
})

describe('each thing that is wrong is named, with what to do', () => {
  const cases: [string, DoctorFacts, Finding['check'], 'warn' | 'fail', RegExp][] = [
    [
      'a name',
      facts({ names: [{ name: 'press.example', ipv4: [], ipv6: [], error: 'ENOTFOUND' }] }),
      'names',
      'fail',
      /press\.example.*ENOTFOUND/,
    ],
    [
      'a port in use',
      facts({ ports: [{ address: '/ip4/0.0.0.0/tcp/4001', state: 'in-use', detail: 'nginx (process 17)' }] }),
      'port',
      'fail',
      /0\.0\.0\.0:4001 is in use by nginx \(process 17\)/,
    ],
    [
      'a port that cannot be had',
      facts({ ports: [{ address: '/ip4/0.0.0.0/tcp/80', state: 'failed', detail: 'EACCES' }] }),
      'port',
      'fail',
      /EACCES/,
    ],
    [
      'a different network key',
      facts({}, { connections: [], outbound: [tried(MILL, AT_MILL, 'no-handshake')] }),
      'outbound',
      'fail',
      /closed or kept silent before the handshake/,
    ],
    [
      'another peer',
      facts({}, { connections: [], outbound: [tried(MILL, AT_MILL, 'other-peer', PRESS)] }),
      'outbound',
      'fail',
      /mill at 203\.0\.113\.7:4001 is another peer, press/,
    ],
    [
      'no member there',
      facts({}, { connections: [], outbound: [tried(MILL, AT_MILL, 'not-admitted')] }),
      'outbound',
      'fail',
      /does not let this site in/,
    ],
    [
      'nobody listens there',
      facts({}, { connections: [], outbound: [tried(MILL, AT_MILL, 'refused')] }),
      'outbound',
      'fail',
      /refuses/,
    ],
    [
      'one of two ways',
      facts({}, { outbound: [tried(MILL, AT_MILL, 'answered'), tried(MILL, AT_PRESS, 'timed-out')] }),
      'outbound',
      'warn',
      /reached in another way/,
    ],
    [
      'no address',
      facts({}, { connections: [], unknown: [MILL] }),
      'outbound',
      'warn',
      /no address is known/,
    ],
    [
      'no way in',
      facts({}, { inbound: [{ prober: MILL, probed: [{ address: AT_MILL, verdict: 'timed-out' }] }] }),
      'inbound',
      'warn',
      /dialled by mill: timed out/,
    ],
    ['nobody to dial back', facts({}, { inbound: [] }), 'inbound', 'warn', /no member is connected/],
    ['no relay', facts(site({ reachable: 'no' })), 'relay', 'fail', /no connected member relays/],
    [
      'a clock somewhat off',
      facts({}, { members: [member(MILL, { skewMs: 40_000 })] }),
      'clock',
      'warn',
      /40 s behind/,
    ],
    [
      'a clock far off',
      facts({}, { members: [member(MILL, { skewMs: -400_000 })] }),
      'clock',
      'fail',
      /400 s ahead/,
    ],
    [
      'another kernel',
      facts({}, { members: [member(MILL, { kernel: 2 })] }),
      'versions',
      'fail',
      /mill \(2\)/,
    ],
    [
      'another release',
      facts({}, { members: [member(MILL, { agent: 'peermerge/0.2.0' })] }),
      'versions',
      'warn',
      /0\.2\.0 at mill/,
    ],
    [
      'another charter',
      facts({}, { members: [member(PRESS, { charter: 'd'.repeat(64) })] }),
      'agreement',
      'fail',
      /another charter at press/,
    ],
    [
      'another member list',
      facts({}, { members: [member(PRESS, { ledger: 'd'.repeat(64) })] }),
      'agreement',
      'warn',
      /at press/,
    ],
    ['little room', facts({ freeBytes: 2e9 }), 'disk', 'warn', /2\.0 GB/],
    ['no room', facts({ freeBytes: 1e8 }), 'disk', 'fail', /100\.0 MB/],
    [
      'little memory',
      facts({ memory: { takes: MEMORY, limits: { free: 1e9, limit: null } } }),
      'memory',
      'warn',
      /1\.5 GB of memory at most.*; 1\.0 GB free/,
    ],
    [
      'a limit of the policy',
      facts({ memory: { takes: MEMORY, limits: { free: null, limit: { value: 2 ** 30, from: 'policy' } } } }),
      'memory',
      'warn',
      /training 1\.3 GB/,
    ],
    [
      'memory that is not known',
      facts({ memory: { unknown: 'hf:a/b is no directory here' } }),
      'memory',
      'warn',
      /hf:a\/b/,
    ],
    ['a proxy', facts({ proxies: ['https_proxy'] }), 'proxy', 'warn', /https_proxy/],
  ]
  for (const [what, given, check, level, found] of cases) {
    test(what, () => {
      const diagnosis = diagnose(given)
      const finding = worst(diagnosis.findings, check)
      assert.equal(finding.level, level)
      assert.match(finding.found, found)
      assert.notEqual(finding.todo, null)
      assert.equal(hasFailed(diagnosis), level === 'fail')
    })
  }
})

test('a site without data needs no estimate of its memory', () => {
  const { level, todo } = worst(diagnose(facts({ memory: null })).findings, 'memory')
  assert.deepEqual([level, todo], ['ok', null])
})

test('one clock among many that is wrong accuses nobody here', () => {
  const members = [
    member(MILL, { skewMs: 900_000 }),
    member(PRESS, { skewMs: 10 }),
    member('x', { skewMs: -10 }),
  ]
  assert.equal(worst(diagnose(facts({}, { members })).findings, 'clock').level, 'ok')
})

test('a likely network key is named as such', () => {
  const given = facts({}, { connections: [], outbound: [tried(MILL, AT_MILL, 'no-handshake')] })
  assert.match(worst(diagnose(given).findings, 'outbound').todo!, /different network key is the likely cause/)
})

describe('the one rule that is missing', () => {
  const ruleOf = (given: DoctorFacts): string | null => diagnose(given).rule?.text ?? null

  test('out, to the first member that cannot be dialled', () => {
    const outbound = [tried(MILL, AT_MILL, 'timed-out'), tried(PRESS, AT_PRESS, 'timed-out')]
    const given = facts({}, { connections: [], outbound, inbound: [], members: [] })
    assert.equal(ruleOf(given), 'allow outbound TCP from this machine to 203.0.113.7 port 4001')
  })

  test('out to a name, with what it stands for', () => {
    const outbound = [tried(PRESS, AT_PRESS, 'no-route')]
    const given = facts({}, { connections: [direct(MILL)], outbound })
    assert.equal(
      ruleOf(given),
      'allow outbound TCP from this machine to press.example (203.0.113.9) port 4002',
    )
  })

  test('none here where the same port is let out to others: the member’s own firewall stands between', () => {
    const outbound = [
      tried(MILL, AT_MILL, 'answered'),
      tried(PRESS, '/ip4/203.0.113.9/tcp/4001', 'timed-out'),
    ]
    const diagnosis = diagnose(facts({}, { connections: [direct(MILL)], outbound }))
    assert.equal(diagnosis.rule, null)
    assert.match(renderDiagnosis(diagnosis), /no rule that could be opened here explains/)
  })

  test('none for a member that is reached through a relay', () => {
    const relayed = { ...direct(PRESS), path: 'relayed' as const }
    const given = facts(
      {},
      { connections: [direct(MILL), relayed], outbound: [tried(PRESS, AT_PRESS, 'timed-out')] },
    )
    assert.equal(ruleOf(given), null)
    assert.equal(hasFailed(diagnose(given)), false)
  })

  const alone: Partial<ReachFacts> = {
    connections: [direct(MILL)],
    outbound: [tried(MILL, AT_MILL, 'answered')],
    inbound: [{ prober: MILL, probed: [{ address: AT_MILL, verdict: 'timed-out' }] }],
    unknown: [PRESS],
  }
  test('in, where a member cannot be dialled and there is no relay to meet at', () => {
    assert.equal(ruleOf(facts({}, alone)), 'forward inbound TCP 4001 to this machine, port 4001')
    const announced = facts(site({ announce: ['/dns/foundry.example/tcp/443'] }), alone)
    assert.equal(ruleOf(announced), 'forward inbound TCP 443 of foundry.example to this machine, port 4001')
  })

  test('not in, where a relay is held or the site wants to be dialled by nobody', () => {
    assert.equal(ruleOf(facts({}, { ...alone, relays: { offering: [MILL], held: [MILL] } })), null)
    assert.equal(ruleOf(facts(site({ reachable: 'no' }), alone)), null)
  })
})

test('an address that a member does not dial for others is not worth another try', () => {
  const inbound = [{ prober: MILL, probed: [{ address: AT_MILL, verdict: 'declined' as const }] }]
  const { todo } = worst(diagnose(facts({}, { inbound })).findings, 'inbound')
  assert.match(todo!, /by hand/)
})

test('the page for IT names members without an address, and says nothing is to be opened only where all ways are', () => {
  const open = itPage(diagnose(facts({}, { connections: [direct(MILL), direct(PRESS)], outbound: [tried(MILL, AT_MILL, 'answered')], unknown: [PRESS] }))) // prettier-ignore
  assert.match(open, /Nothing has to be opened/)
  assert.match(open, /no address is known +press/)
  const refused = facts({}, { connections: [], outbound: [tried(MILL, AT_MILL, 'refused')] })
  assert.match(itPage(diagnose(refused)), /No rule of this site explains what fails below/)
})

test('the page for IT has the rule, the direction, every address and how it is encrypted', () => {
  const outbound = [tried(MILL, AT_MILL, 'timed-out'), tried(PRESS, AT_PRESS, 'timed-out')]
  const page = itPage(diagnose(facts({}, { connections: [], outbound, members: [] })))
  for (const part of [
    /allow outbound TCP from this machine to 203\.0\.113\.7 port 4001/,
    /press\.example:4002/,
    /Noise/,
    /Inbound TCP/,
    /web proxies/,
  ]) {
    assert.match(page, part)
  }
  assert.ok(page.split('\n').length <= 50, 'more than one page')
})
