import assert from 'node:assert/strict'
import type { Identity } from '../../../src/gossip/index.ts'
import { makeContribution } from './contributions.ts'
import { Attacker } from './attacker.ts'
import { allConnected, allHold, publish, Swarm, type TestNode } from './swarm.ts'

/** Tens of megabytes of an attacker's messages may be before it in the node's queue, on a busy machine. */
const PATIENCE_MS = 60_000

/** Two honest nodes and a member that is none, which is connected to the first. */
export class Besieged implements AsyncDisposable {
  readonly swarm: Swarm
  readonly reader: TestNode
  readonly honest: TestNode
  readonly attacker: Attacker
  readonly attackerIdentity: Identity
  readonly #published: string[] = []

  private constructor(
    swarm: Swarm,
    honest: readonly [TestNode, TestNode],
    attacker: Attacker,
    identity: Identity,
  ) {
    this.swarm = swarm
    this.reader = honest[0]
    this.honest = honest[1]
    this.attacker = attacker
    this.attackerIdentity = identity
  }

  static async start(): Promise<Besieged> {
    const swarm = new Swarm()
    const [reader, honest] = (await swarm.star(2)) as [TestNode, TestNode]
    await allConnected([reader, honest])
    const identity = await swarm.identity()
    const attacker = await Attacker.start(identity)
    await attacker.connect(reader)
    return new Besieged(swarm, [reader, honest], attacker, identity)
  }

  /** A contribution of each honest node reaches the other, and nothing has gone wrong that a person must mend. */
  async stillWork(): Promise<void> {
    const { reader, honest } = this
    for (const author of [reader, honest]) {
      const contribution = await makeContribution(author.identity, { sequence: this.#published.length + 1 })
      await publish(author, contribution)
      this.#published.push(contribution.id)
    }
    const own = new Set(this.#published)
    const views = [reader, honest].map(({ store }) => ({
      store: { admitted: () => store.admitted().filter((id) => own.has(id)) },
    }))
    await allHold(views as unknown as TestNode[], this.#published, PATIENCE_MS)
    assert.ok(reader.network.connections().some(({ peer }) => peer === honest.network.peer))
    assert.deepEqual(this.swarm.errors, [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.attacker[Symbol.asyncDispose]()
    await this.swarm[Symbol.asyncDispose]()
  }
}
