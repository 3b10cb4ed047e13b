// One node's network as a process of its own: told what to be by its argument, what to do line by line on its input.
import { createInterface } from 'node:readline'
import { createNetwork, identityFromBytes, type NetworkInit } from '../../../src/gossip/index.ts'
import { CONSORTIUM, makeContribution, storePayload, TestJudge } from '../../helpers/gossip/contributions.ts'
import { MemoryStore } from '../../helpers/gossip/memory-store.ts'
import { testLogger } from '../../helpers/gossip/swarm.ts'

export interface ProcessInit extends Pick<NetworkInit, 'listen' | 'bootstrap' | 'relay'> {
  /** Private key, in hexadecimal. */
  readonly key: string
  readonly members: readonly string[]
}

/** What it prints, four times a second. */
export interface ProcessReport {
  readonly addresses: readonly string[]
  readonly paths: Readonly<Record<string, string>>
  readonly admitted: readonly string[]
}

const init = JSON.parse(process.argv[2] ?? '{}') as ProcessInit
const identity = identityFromBytes(Buffer.from(init.key, 'hex'))
const store = new MemoryStore()
const network = await createNetwork({
  ...init,
  identity,
  consortium: CONSORTIUM,
  store,
  judge: new TestJudge(store),
  isMember: (peer) => init.members.includes(peer),
  random: Math.random,
  logger: testLogger(identity.peer),
})
await network.start()
const report = (): ProcessReport => ({
  addresses: network.addresses(),
  paths: Object.fromEntries(network.connections().map(({ peer, path }) => [peer, path])),
  admitted: store.admitted(),
})
const timer = setInterval(() => console.log(JSON.stringify(report())), 250)
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'publish') break
  const contribution = await makeContribution(identity, { size: 3_000_000 })
  await storePayload(store, contribution)
  await network.publish(contribution.envelope)
}
clearInterval(timer)
await network.stop()
