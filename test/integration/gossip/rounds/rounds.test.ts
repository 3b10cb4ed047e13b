import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyCertificates, type DecidedRound } from '../../../../src/gossip/index.ts'
import { RoundSwarm, type RoundTestNode } from '../../../helpers/gossip/round-swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

/** For machines that are busy. */
const DEADLINE_MS = 60_000
/** No later ballot is tried within the test. */
const NEVER = { min: 600_000, max: 600_000 }

async function allAt(nodes: readonly RoundTestNode[], round: number): Promise<void> {
  const isThere = (): boolean => nodes.every(({ rounds }) => rounds.start.round >= round)
  await waitFor(`all are in round ${round}`, isThere, DEADLINE_MS)
}

/** What an outsider believes of a node's certificates, who knows the founding alone; all nodes must tell the same. */
async function proven(swarm: RoundSwarm, nodes: readonly RoundTestNode[]): Promise<readonly DecidedRound[]> {
  assert.equal(new Set(nodes.map(({ rounds }) => rounds.start.previous)).size, 1)
  const [first] = nodes
  const { decided, next } = await verifyCertificates(swarm.founding, first!.roundStore.certificates())
  assert.deepEqual(next, first!.rounds.start)
  assert.deepEqual(swarm.contradictions, [])
  assert.deepEqual(swarm.errors, [])
  return decided
}

const isKnownTo = (nodes: readonly RoundTestNode[], { identity }: RoundTestNode): boolean =>
  nodes.every(({ rounds }) => rounds.status().joining.includes(identity.peer))

test('four nodes decide five rounds, and an outsider believes every one of them', async () => {
  await using swarm = await RoundSwarm.of(4)
  const nodes = await swarm.startFounders({ ballotMs: NEVER })
  await allAt(nodes, 5)
  const decided = await proven(swarm, nodes)
  assert.deepEqual(
    decided.map(({ cut }) => cut.agenda),
    ['step 1', 'step 2', 'step 3', 'step 4', 'step 5'],
  )
  assert.ok(decided.every(({ cut }) => cut.contributions.length === 4))
  assert.deepEqual(await nodes[2]!.rounds.decided(3), decided[3])
  assert.equal(await nodes[2]!.rounds.decided(5), null)
  const { phase, hasMajority, able, needed, ballots } = nodes[0]!.rounds.status()
  assert.deepEqual([phase, hasMajority, able, needed, ballots], ['idle', true, 4, 3, 0])
})

test('a site with nothing to give holds nobody up, and one that has something after all is heard', async () => {
  await using swarm = await RoundSwarm.of(3)
  const nodes = await swarm.startFounders({ until: 0 })
  const [, second, third] = nodes as [RoundTestNode, RoundTestNode, RoundTestNode]
  second.source.passes = true
  third.source.passes = true
  swarm.table.give(0, third.identity.peer)
  for (const { source } of nodes) source.until = 2
  swarm.reviewAll()
  await allAt(nodes, 2)
  const decided = await proven(swarm, nodes)
  assert.deepEqual(
    decided.map(({ cut }) => cut.contributions.length),
    [2, 1],
  )
})

test('of a node that dies in mid-round the others need no word, and it catches up by certificates', async () => {
  await using swarm = await RoundSwarm.of(4)
  const nodes = await swarm.startFounders({ until: 2 })
  await allAt(nodes, 2)
  const last = nodes.pop()!
  last.source.isDiligent = false
  for (const { source } of nodes) source.until = 3
  swarm.reviewAll()
  await waitFor('the others wait for it', () => nodes[0]!.rounds.status().phase === 'contributing')
  const awaited = nodes[0]!.rounds.status().acceptors.filter(({ did }) => did === 'awaited')
  assert.deepEqual(awaited.map(({ peer }) => peer), [last.identity.peer]) // prettier-ignore
  await swarm.stopNode(last)
  await allAt(nodes, 3)
  const { identity, roundStore, source } = last
  source.until = 3
  const back = await swarm.roundNode({ identity, roundStore, source })
  await allAt([back], 3)
  const decided = await proven(swarm, [...nodes, back])
  assert.equal(decided[2]!.cut.contributions.length, 3)
  for (const node of [...nodes, back]) {
    node.source.until = 4
    node.source.isDiligent = true
  }
  swarm.reviewAll()
  await allAt([...nodes, back], 4)
  assert.equal((await proven(swarm, [...nodes, back]))[3]!.cut.contributions.length, 4)
})

test('one of three waits, says for whom, and goes on when they are back', async () => {
  await using swarm = await RoundSwarm.of(3)
  const nodes = await swarm.startFounders({ until: 1 })
  const [first, ...others] = nodes as [RoundTestNode, RoundTestNode, RoundTestNode]
  await allAt(nodes, 1)
  await waitFor('all are connected', () => first.rounds.status().able === 3)
  for (const other of others) await swarm.stopNode(other)
  for (const { identity } of others) swarm.table.give(1, identity.peer)
  first.source.until = 2
  await first.rounds.review()
  await waitFor('it has tried', () => first.rounds.status().ballots > 0, DEADLINE_MS)
  const { phase, able, needed, missing, round } = first.rounds.status()
  assert.deepEqual([phase, able, needed, round], ['no-majority', 1, 2, 1])
  assert.deepEqual([...missing].sort(), others.map(({ identity }) => identity.peer).sort())
  const back = []
  for (const { identity, roundStore, source } of others) {
    source.until = 2
    back.push(await swarm.roundNode({ identity, roundStore, source }))
  }
  await allAt([first, ...back], 2)
  await proven(swarm, [first, ...back])
})

test('a node that restarts in mid-round goes on with what it has said, where agendas differ too', async () => {
  await using swarm = await RoundSwarm.of(3)
  const nodes = await swarm.startFounders({ until: 0, ballotMs: NEVER })
  for (const [i, { source }] of nodes.entries()) {
    source.agendaOf = (round) => `step ${round + 1} as ${i} sees it`
    source.until = 1
  }
  swarm.reviewAll()
  const first = nodes.shift()!
  const hasVoted = ({ peer, hasVoted: has }: { peer: string; hasVoted: boolean }): boolean =>
    has && peer === first.identity.peer
  await waitFor('it has voted', () => nodes.every(({ rounds }) => rounds.status().acceptors.some(hasVoted)))
  const back = await swarm.restart(first)
  await allAt([back, ...nodes], 1)
  const [round] = await proven(swarm, [back, ...nodes])
  assert.match(round!.cut.agenda, /^step 1 as [012] sees it$/)
})

test('who leaves votes until a cut excludes it, and who joins from the one that names it', async () => {
  await using swarm = await RoundSwarm.of(4)
  const nodes = await swarm.startFounders({ until: 1 })
  await allAt(nodes, 1)
  const leaver = nodes.pop()!
  swarm.members.delete(leaver.identity.peer)
  await Promise.all(nodes.map(({ network }) => network.reviewMembership()))
  const joiner = await swarm.roundNode({ identity: await swarm.identity() })
  await waitFor('it is connected', () => joiner.network.connections().length >= 3)
  await allAt([joiner], 1)
  assert.equal(joiner.rounds.isAcceptor, false)
  await Promise.all(nodes.map(({ network }) => network.reviewMembership()))
  await waitFor('it has made itself known', () => isKnownTo(nodes, joiner), DEADLINE_MS)
  for (const { source } of [...nodes, joiner]) source.until = 2
  swarm.reviewAll()
  await allAt([...nodes, joiner], 2)
  const expected = [...nodes, joiner].map(({ identity }) => identity.peer).sort()
  assert.deepEqual(joiner.rounds.start.acceptors.map(({ peer }) => peer), expected) // prettier-ignore
  assert.equal(joiner.rounds.isAcceptor, true)
  for (const { source } of [...nodes, joiner]) source.until = 3
  swarm.reviewAll()
  await allAt([...nodes, joiner], 3)
  await proven(swarm, [...nodes, joiner])
})

test('a node whose disk was set back unnoticed finds it out by what the others have heard, and votes again once it is named', async () => {
  await using swarm = await RoundSwarm.of(3)
  const nodes = await swarm.startFounders({ until: 0, ballotMs: NEVER })
  const [first, second, third] = nodes as [RoundTestNode, RoundTestNode, RoundTestNode]
  const backup = third.roundStore.backup()
  for (const { identity } of nodes) swarm.table.give(0, identity.peer)
  third.source.until = 1
  await third.rounds.review()
  const hasHeard = ({ rounds }: RoundTestNode): boolean =>
    rounds.status().acceptors.some(({ peer, hasVoted }) => hasVoted && peer === third.identity.peer)
  await waitFor('the others have heard its vote', () => hasHeard(first) && hasHeard(second))
  third.roundStore.restore(backup)
  const back = await swarm.restart(third)
  await waitFor('it finds out', () => back.rounds.status().acceptors.some(({ hasForgotten }) => hasForgotten))
  assert.equal(back.rounds.isAcceptor, false)
  const all = [await swarm.restart(first), await swarm.restart(second), back]
  for (const { source } of all) source.until = 1
  swarm.reviewAll()
  await allAt(all, 1)
  await waitFor(
    'a cut has named its new memory',
    () => {
      for (const { source } of all) source.until = back.rounds.start.round + (back.rounds.isAcceptor ? 0 : 1)
      swarm.reviewAll()
      return back.rounds.isAcceptor
    },
    DEADLINE_MS,
  )
  assert.deepEqual(swarm.contradictions, [])
})
