import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyCertificates } from '../../../../src/gossip/index.ts'
import { RoundSwarm, type RoundTestNode } from '../../../helpers/gossip/round-swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

async function allAt(nodes: readonly RoundTestNode[], round: number): Promise<void> {
  await waitFor(
    `all are in round ${round}`,
    () => nodes.every(({ rounds }) => rounds.start.round >= round),
    60_000,
  )
}

/** Digest of the cut before the present round, which stands for all before it. */
const chain = ({ rounds }: RoundTestNode): string | null => rounds.start.previous

async function startAll(swarm: RoundSwarm): Promise<RoundTestNode[]> {
  const nodes = []
  for (const identity of swarm.founders) nodes.push(await swarm.roundNode({ identity }))
  return nodes
}

test('four nodes decide five rounds, and an outsider believes every one of them', async () => {
  await using swarm = await RoundSwarm.of(4)
  const nodes = await startAll(swarm)
  await allAt(nodes, 5)
  assert.equal(new Set(nodes.map(chain)).size, 1)
  for (const { roundStore, rounds } of nodes) {
    const { decided, next } = await verifyCertificates(swarm.founding, roundStore.certificates())
    assert.deepEqual(next, rounds.start)
    assert.deepEqual(
      decided.map(({ cut }) => cut.agenda),
      ['step 1', 'step 2', 'step 3', 'step 4', 'step 5'],
    )
    assert.ok(decided.every(({ cut }) => cut.contributions.length === 4))
  }
  const status = nodes[0]!.rounds.status()
  assert.equal(status.phase, 'idle')
  assert.equal(status.hasMajority, true)
  assert.deepEqual(swarm.contradictions, [])
  assert.deepEqual(swarm.errors, [])
})
