import { makeContribution } from './contributions.ts'
import { allConnected, allHold, publish, Swarm } from './swarm.ts'

/** Run as a process of its own: it must end by itself once its two nodes are stopped. */
const swarm = new Swarm()
const nodes = await swarm.star(2)
await allConnected(nodes)
const contribution = await makeContribution(nodes[0]!.identity)
await publish(nodes[0]!, contribution)
await allHold(nodes, [contribution.id])
await swarm[Symbol.asyncDispose]()
console.log('stopped')
