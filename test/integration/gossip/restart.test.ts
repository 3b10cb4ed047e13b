import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHUNK_BYTES } from '../../../src/merge/index.ts'
import { makeContribution } from '../../helpers/gossip/contributions.ts'
import { allConnected, allHold, publish, Swarm } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

test('a node stopped in the middle of a fetch asks for the missing chunks alone after its restart', async () => {
  await using swarm = new Swarm()
  const [author, reader] = await swarm.star(2)
  await allConnected([author!, reader!])
  const contribution = await makeContribution(author!.identity, { size: 7 * CHUNK_BYTES + 5 })
  const { store } = reader!
  const halfway = new Promise<void>((resolve) => {
    const putChunk = store.putChunk.bind(store)
    store.putChunk = async (digest, bytes) => {
      if (store.puts.length === 3) {
        resolve()
        await new Promise(() => undefined) // the process is gone before the fourth is kept
      }
      await putChunk(digest, bytes)
    }
  })
  await publish(author!, contribution)
  await halfway
  void reader!.network.stop() // hangs on the chunk that is never kept, as a killed process would
  await waitFor('the connection is gone', () => author!.network.connections().length === 0)
  assert.deepEqual(store.states.get(contribution.id), 'fetching')

  const kept = new Set(store.puts)
  author!.store.gets.length = 0
  delete (store as Partial<typeof store>).putChunk // the prototype's again
  const again = await swarm.node({
    identity: reader!.identity,
    store,
    bootstrap: author!.network.addresses(),
  })
  await allHold([author!, again], [contribution.id])
  const missing = contribution.header.payload.chunks.filter((digest) => !kept.has(digest))
  assert.equal(missing.length, 5)
  assert.deepEqual([...author!.store.gets].sort(), [...missing].sort())
  swarm.nodes.splice(1, 1) // its stop never resolves
})

test('a full disk is reported, harms no one and is got over', async () => {
  await using swarm = new Swarm()
  const [author, reader] = await swarm.star(2)
  await allConnected([author!, reader!])
  reader!.store.failingPuts = 2
  const contribution = await makeContribution(author!.identity, { size: 3 * CHUNK_BYTES })
  await publish(author!, contribution)
  await allHold([author!, reader!], [contribution.id])
  assert.ok(swarm.errors.length > 0)
})

test('what the judge holds is judged again until it is admitted', async () => {
  await using swarm = new Swarm()
  const [author, reader] = await swarm.star(2)
  await allConnected([author!, reader!])
  let isKnownCharter = false
  const judgeHeader = reader!.judge.headerVerdict
  reader!.judge.headerVerdict = (header) =>
    isKnownCharter ? judgeHeader(header) : { kind: 'hold', reason: 'a-gap' }
  reader!.judge.payloadHolds = 1
  const contribution = await makeContribution(author!.identity)
  await publish(author!, contribution)
  await waitFor('it is held', () => reader!.network.counts().held === 1)
  assert.equal(reader!.store.envelopes.size, 0, 'nothing held is kept')
  isKnownCharter = true
  await reader!.network.retryHeld()
  await allHold([author!, reader!], [contribution.id])
  assert.deepEqual(reader!.network.counts(), { fetching: 0, admitted: 1, rejected: 0, pruned: 0, held: 0 })
})
