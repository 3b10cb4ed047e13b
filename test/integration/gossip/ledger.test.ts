import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OwnNumbers } from '../../../src/node/own-numbers.ts'
import { generateIdentity, standingOf } from '../../../src/gossip/index.ts'
import { CHUNK_PROTOCOL } from '../../../src/gossip/constants.ts'
import { Attacker } from '../../helpers/gossip/attacker.ts'
import {
  CHARTER,
  makeContribution,
  storePayload,
  type TestContribution,
} from '../../helpers/gossip/contributions.ts'
import { openLedger, saySigned } from '../../helpers/gossip/ledgers.ts'
import { LedgerSwarm } from '../../helpers/gossip/ledger-swarm.ts'
import { add, amend, remove, withdraw } from '../../helpers/gossip/statements.ts'
import { allConnected, allHold, publish } from '../../helpers/gossip/swarm.ts'
import { MemoryStore } from '../../helpers/gossip/memory-store.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

test('a removal is effective at every online peer within two seconds, and the removed hears of it', async () => {
  await using swarm = await LedgerSwarm.of(4)
  const nodes = await swarm.allFounders()
  const [a, b, c, d] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
  const gone = d.network.peer
  const action = remove(gone, 'exclude')
  await a.ledger.sign(action)
  await b.ledger.sign(action)
  await waitFor('the votes are everywhere', () => nodes.every(({ ledger }) => ledger.state.statements === 2))
  assert.ok(c.ledger.isMember(gone))
  const since = performance.now()
  await c.ledger.sign(action)
  const others = [a, b, c]
  await waitFor('nobody is connected with it', () =>
    others.every(({ network }) => network.connections().every(({ peer }) => peer !== gone)),
  )
  const elapsed = performance.now() - since
  console.log(`removed everywhere after ${elapsed.toFixed(0)} ms`)
  assert.ok(elapsed < 5000, `${elapsed} ms`) // two seconds, on a machine that does nothing else
  assert.deepEqual(
    others.map(({ ledger }) => ledger.isMember(gone)),
    [false, false, false],
  )
  await waitFor('it knows why', () => !d.ledger.isMember(gone), 2000)
})

test('whoever is removed gets no stream and no gossip in any more', async () => {
  await using swarm = await LedgerSwarm.of(3)
  const [first, second, third] = swarm.founders
  const a = await swarm.ledgerNode(first!)
  const b = await swarm.ledgerNode(second!)
  await allConnected([a, b])
  await using removed = await Attacker.start(third!)
  await removed.connect(a)
  await a.ledger.sign(remove(third!.peer))
  await b.ledger.sign(remove(third!.peer))
  await waitFor('it is put out', () => removed.host.getConnections().length === 0)
  await removed.connect(a).catch(() => undefined)
  await waitFor('it stays out', () => removed.host.getConnections().length === 0)
  await assert.rejects(removed.say(a, CHUNK_PROTOCOL, new Uint8Array(1)), /not connected/)
  const late = await saySigned(third!, add((await generateIdentity()).peer), [], CHARTER)
  await a.ledger.enter(late.bytes, 'x')
  assert.equal(a.ledger.state.members.size, 2)
  assert.equal(a.ledger.state.void.get(late.id), 'overruled')
})

test('what was said during a partition is the same everywhere after it, also what gossip cannot carry', async () => {
  await using swarm = await LedgerSwarm.of(3)
  const [first, second, third] = swarm.founders
  const newcomer = await generateIdentity()
  const early = await openLedger(swarm.genesis, first!)
  await early.sign(add(newcomer.peer))
  for (let i = 1; i <= 30; i++) await early.sign(withdraw(i))
  const other = await openLedger(swarm.genesis, second!)
  await other.sign(amend('a'.repeat(64), 'x'.repeat(60_000)))
  const a = await swarm.ledgerNode(first!, { ledger: early })
  const b = await swarm.ledgerNode(second!, { ledger: other })
  const c = await swarm.ledgerNode(third!)
  const d = await swarm.ledgerNode(newcomer, { ledger: await copyOf(early, swarm, newcomer) })
  const all = [a, b, c, d]
  await waitFor('all hold the same', () => all.every(({ ledger }) => ledger.state.statements === 32))
  assert.equal(new Set(all.map(({ ledger }) => ledger.state.head)).size, 1)
  await allConnected(all)
})

test('two versions of one contribution are proven to who has seen but one, and both are excluded everywhere', async () => {
  await using swarm = await LedgerSwarm.of(4)
  const [first, second, third, liar] = swarm.founders
  const [one, other] = await Promise.all(
    [1000, 2000].map((size) => makeContribution(liar!, { size, fields: { consortium: CHARTER } })),
  )
  const honest = await makeContribution(first!, { fields: { consortium: CHARTER } })
  const a = await swarm.ledgerNode(first!)
  const b = await swarm.ledgerNode(second!)
  const c = await swarm.ledgerNode(third!)
  const all = [a, b, c]
  await publish(a, honest)
  for (const [node, version] of [
    [a, one!],
    [b, other!],
  ] as const) {
    await storePayload(node.store, version)
    await node.network.publish(version.envelope)
  }
  await waitFor('all know of it', () =>
    all.every(({ ledger }) => ledger.state.equivocations.get(liar!.peer)?.has(1)),
  )
  const header = { consortium: CHARTER, charter: CHARTER, peer: liar!.peer, sequence: 1 }
  for (const { ledger } of all) assert.equal(standingOf(ledger.state, header), 'equivocated')
  assert.ok(a.ledger.state.members.has(liar!.peer), 'it is for the members to decide whether it stays')
})

test('who has seen but one version of a contribution excludes it by the proof alone', async () => {
  await using swarm = await LedgerSwarm.of(3)
  const [first, second, liar] = swarm.founders
  const fields = { consortium: CHARTER }
  const versions = await Promise.all([1000, 2000].map((size) => makeContribution(liar!, { size, fields })))
  const [low, high] = versions.sort((x, y) => (x.id < y.id ? -1 : 1))
  const a = await swarm.ledgerNode(first!)
  await publish(a, low!)
  const prover = await openLedger(swarm.genesis, second!)
  await prover.sign({ type: 'equivocation', first: low!.envelope, second: high!.envelope })
  const b = await swarm.ledgerNode(second!, { ledger: prover })
  await waitFor('it has the proof', () => a.ledger.state.equivocations.size === 1)
  await allConnected([a, b])
  await waitFor('b holds no version', () => b.network.counts().fetching === 0)
  assert.deepEqual(b.store.admitted(), [])
})

test('contributions of newcomers are held until their addition has come', async () => {
  await using swarm = await LedgerSwarm.of(2)
  const nodes = await swarm.allFounders()
  const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
  const newcomer = await generateIdentity()
  const contribution = await makeContribution(newcomer, { fields: { consortium: CHARTER } })
  await storePayload(a.store, contribution)
  await assert.rejects(a.network.publish(contribution.envelope), /unknown-member/)
  assert.equal(a.network.counts().held, 1)
  await b.ledger.sign(add(newcomer.peer))
  await allHold(nodes, [contribution.id])
})

test('what has been withdrawn is offered no more and not fetched by who lacks it', async () => {
  await using swarm = await LedgerSwarm.of(2)
  const [first, second] = swarm.founders
  const fields = { consortium: CHARTER }
  const a = await swarm.ledgerNode(first!)
  const [old, young] = await Promise.all(
    [1, 2].map((sequence) => makeContribution(first!, { sequence, fields })),
  )
  await publish(a, old!)
  await publish(a, young!)
  await a.ledger.sign(withdraw(1))
  const b = await swarm.ledgerNode(second!)
  await allHold([b], [young!.id])
  assert.equal(b.ledger.state.withdrawn.get(first!.peer), 1)
})

test('a member that is asked for a probe says which statements it holds and which charter is in force', async () => {
  await using swarm = await LedgerSwarm.of(2)
  const nodes = await swarm.allFounders()
  const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
  const action = amend(CHARTER, 'another charter')
  for (const { ledger } of nodes) await ledger.sign(action)
  await waitFor('it is in force', () => nodes.every(({ ledger }) => ledger.state.charter !== CHARTER))
  await waitFor('all is the same', () => a.ledger.state.head === b.ledger.state.head)
  const { members } = await a.network.examine([a.network.peer, b.network.peer])
  const { head, charter } = b.ledger.state
  assert.deepEqual(members.map(({ peer, ledger, charter: named }) => [peer, ledger, named]), [[b.network.peer, head, charter]]) // prettier-ignore
})

async function copyOf(
  ledger: Awaited<ReturnType<typeof openLedger>>,
  swarm: LedgerSwarm,
  identity: (typeof swarm.founders)[0],
) {
  const copy = await openLedger(swarm.genesis, identity)
  for (const { bytes } of ledger.statements()) await copy.enter(bytes, 'copy')
  return copy
}

test('a node restored from an old copy, that meets only a peer who lacks its newest, is not condemned when the rest come back', async () => {
  await using swarm = await LedgerSwarm.of(3)
  const [first, second, third] = swarm.founders
  const fields = { consortium: CHARTER }
  const say = (sequence: number, size: number): Promise<TestContribution> =>
    makeContribution(first!, { sequence, size, fields })
  const [old, newest] = [await say(1, 1000), await say(2, 1000)]
  const a = await swarm.ledgerNode(first!)
  await publish(a, old)
  const b = await swarm.ledgerNode(second!)
  const c = await swarm.ledgerNode(third!)
  await allHold([b, c], [old.id])
  await b.network.stop()
  await publish(a, newest)
  await allHold([c], [old.id, newest.id])
  await Promise.all([a, c].map(({ network }) => network.stop()))

  const backup = new MemoryStore()
  for (const [id, envelope] of a.store.envelopes) if (id === old.id) backup.envelopes.set(id, envelope)
  backup.states.set(old.id, 'admitted')
  for (const [digest, chunk] of a.store.chunks) backup.chunks.set(digest, chunk)
  const lagging = await swarm.ledgerNode(second!, { store: b.store })
  const restored = await swarm.ledgerNode(first!, { store: backup, bootstrap: lagging.network.addresses() })
  await waitFor('it has been told', () => restored.network.toldNumbers().get(second!.peer) === 1)
  const numbers = new OwnNumbers({
    self: first!.peer,
    store: { nextSequence: () => 2 },
    network: restored.network,
    members: () => swarm.founders.map(({ peer }) => peer),
    deadline: performance.now() + 300,
    now: () => performance.now(),
    random: () => 0.5,
    onStep: () => undefined,
  })
  const next = await say(await numbers.next(new AbortController().signal), 3000)
  assert.notEqual(next.header.sequence, 2)
  await publish(restored, next)
  const back = await swarm.ledgerNode(third!, { store: c.store, bootstrap: lagging.network.addresses() })
  const all = [restored, lagging, back]
  await allHold(all, [old.id, newest.id, next.id])
  for (const { ledger } of all) assert.equal(ledger.state.equivocations.size, 0)
})
