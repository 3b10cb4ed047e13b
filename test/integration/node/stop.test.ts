import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { generateIdentity } from '../../../src/gossip/index.ts'
import { charterDigest, mergeSpecOf } from '../../../src/node/charter.ts'
import { MergeClient } from '../../../src/node/merge-client.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { makeContribution, storePayload } from '../../helpers/gossip/contributions.ts'
import { Swarm } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'
import { largeCharter, largeDraft } from './large-contribution.ts'
import { threeSites } from './three-sites.ts'

/** What a service manager may count on. */
const BOUND_MS = 2_000

function assertPrompt(what: string, tookMs: number): void {
  assert.ok(tookMs <= BOUND_MS, `${what}: stopped after ${tookMs.toFixed(0)} ms`)
}

async function timed(stop: () => Promise<void>): Promise<number> {
  const since = performance.now()
  await stop()
  return performance.now() - since
}

function next(node: PeermergeNode, holds: (event: NodeEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = node.subscribe((event) => {
      if (!holds(event)) return
      unsubscribe()
      resolve()
    })
  })
}

test('a node stops within two seconds while it trains', { timeout: 120_000 }, async () => {
  const sites = await threeSites({ training: { epochs: 400, batchSize: 8 } })
  try {
    const node = await createNode({ home: sites.paths[0]!.root })
    const training = next(node, ({ type }) => type === 'progress')
    await node.start()
    await training
    const took = await timed(() => node.stop())
    assert.equal(node.status().activity.kind, 'stopped')
    assertPrompt('training', took)
  } finally {
    await sites.remove()
  }
})

test('a network stops within two seconds while it fetches', { timeout: 120_000 }, async () => {
  await using swarm = new Swarm()
  const [author, reader] = [await swarm.node(), await swarm.node({ start: false })]
  const contribution = await makeContribution(author.identity, { size: 24 * 1024 * 1024 })
  await storePayload(author.store, contribution)
  await author.network.publish(contribution.envelope)
  reader.network.addBootstrap(author.network.addresses())
  await reader.network.start()
  await waitFor('the first chunk', () => reader.network.counters.chunksFetched > 0)
  const took = await timed(() => reader.network.stop())
  assert.ok(reader.network.counters.chunksFetched < 24, 'it was under way')
  assertPrompt('fetching', took)
})

test('merge threads stop within two seconds in the middle of a job', { timeout: 120_000 }, async () => {
  const { peer } = await generateIdentity()
  const charter = largeCharter(peer)
  const merges = new MergeClient({
    spec: mergeSpecOf(charter),
    charter: charterDigest(charter),
    threads: 1,
  })
  const job = merges.assemble({ charter, peer, sequence: 1, draft: largeDraft(charter) })
  const ended = job.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code,
  )
  await Promise.race([ended, setTimeout(1000)])
  const took = await timed(() => merges.close())
  assert.equal(await ended, 'ERR_WORKER_CRASHED', 'it was under way')
  assertPrompt('merging', took)
})
