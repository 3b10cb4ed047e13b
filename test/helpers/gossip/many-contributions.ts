import type { Identity } from '../../../src/gossip/index.ts'
import { makeContribution, storePayload, type TestContribution } from './contributions.ts'
import { MemoryStore } from './memory-store.ts'
import type { TestNode } from './swarm.ts'
import { waitFor } from './wait-for.ts'

const PAYLOAD_BYTES = 64

/** Small contributions of one author, sequence numbers `from` to `to` − 1. */
export async function manyContributions(
  author: Identity,
  from: number,
  to: number,
): Promise<TestContribution[]> {
  const made = []
  for (let sequence = from; sequence < to; sequence++) {
    made.push(await makeContribution(author, { sequence, size: PAYLOAD_BYTES }))
  }
  return made
}

/** A store that has admitted all of them. */
export async function storeWith(contributions: readonly TestContribution[]): Promise<MemoryStore> {
  const store = new MemoryStore()
  await admitInto(store, contributions)
  return store
}

export async function admitInto(
  store: MemoryStore,
  contributions: readonly TestContribution[],
): Promise<void> {
  for (const contribution of contributions) {
    await storePayload(store, contribution)
    await store.putEnvelope(contribution.id, contribution.envelope)
    store.states.set(contribution.id, 'admitted')
  }
}

/** Until all have admitted so many; how long envelopes and payloads took and what they moved, in words. */
export async function converge(
  nodes: readonly TestNode[],
  count: number,
  deadlineMs: number,
): Promise<string> {
  const received = (): number => nodes.reduce((sum, { network }) => sum + network.traffic().bytesReceived, 0)
  const [before, start] = [received(), performance.now()]
  const cost = (): string => {
    const seconds = (performance.now() - start) / 1000
    return `${seconds.toFixed(1)} s and ${((received() - before) / 1024).toFixed(0)} KiB`
  }
  const counts = (): ReturnType<TestNode['network']['counts']>[] =>
    nodes.map(({ network }) => network.counts())
  const isKnown = (): boolean => counts().every(({ admitted, fetching }) => admitted + fetching === count)
  await waitFor(`all ${nodes.length} know ${count}`, isKnown, deadlineMs)
  const known = cost()
  const isFull = (): boolean => counts().every(({ admitted }) => admitted === count)
  await waitFor(`all ${nodes.length} hold ${count}`, isFull, deadlineMs)
  return `${nodes.length} nodes know ${count} after ${known}, hold their payloads after ${cost()}`
}
